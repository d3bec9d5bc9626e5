package catalog

// maxNesting is how deep the brackets of a .proto file may be nested. protoc takes
// messages in messages to 32 levels.
const maxNesting = 64

// tooDeep is the line at which brackets are nested more deeply than maxNesting, 0 if
// they are not. It is asked before the compiler is, which has no limit: text in strings
// and comments does not count, and what is wrong otherwise is for the compiler to say.
func tooDeep(text []byte) int {
	line, depth := 1, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '\n':
			line++
		case '{', '[', '(', '<':
			if depth++; depth > maxNesting {
				return line
			}
		case '}', ']', ')', '>':
			depth = max(depth-1, 0)
		case '"', '\'':
			for i++; i < len(text) && text[i] != c && text[i] != '\n'; i++ { // no string goes over a line's end
				if text[i] == '\\' {
					i++
				}
			}
			if i < len(text) && text[i] == '\n' {
				line++
			}
		case '/':
			if i+1 < len(text) && text[i+1] == '/' {
				for i < len(text) && text[i] != '\n' {
					i++
				}
				line++
			} else if i+1 < len(text) && text[i+1] == '*' {
				for i += 2; i < len(text) && !(text[i] == '/' && text[i-1] == '*' && i > 2); i++ {
					if text[i] == '\n' {
						line++
					}
				}
			}
		case '#': // a comment in the text format
			for i < len(text) && text[i] != '\n' {
				i++
			}
			line++
		}
	}
	return 0
}
