package event

// compact removes the blanks between the tokens of JSON, in place. protojson
// writes one after each comma in some builds and none in others, on purpose
// (its internal/detrand): of one event, two services would write different bytes,
// and whoever compares or hashes records would see two.
func compact(b []byte) []byte {
	out, from, i := 0, 0, 0
	for i < len(b) {
		switch b[i] {
		case '"':
			i = endOfString(b, i+1)
		case ' ', '\n', '\t', '\r':
			if out != from { // before the first blank everything is in its place
				copy(b[out:], b[from:i])
			}
			out += i - from
			i++
			from = i
		default:
			i++
		}
	}
	if out != from {
		copy(b[out:], b[from:])
	}
	return b[:out+len(b)-from]
}

// endOfString is the place behind the string that has begun before i.
func endOfString(b []byte, i int) int {
	for i < len(b) {
		switch {
		case plainText[b[i]] || b[i] >= 0x80:
			i++
		case b[i] == '\\':
			i += 2
		default: // the quote: JSON that a library has written has no control characters
			return i + 1
		}
	}
	return len(b)
}
