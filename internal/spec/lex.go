package spec

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind is what a token is.
type kind int

const (
	end    kind = iota
	word        // letters, digits, '_', '.' and '-', beginning with none of the last two
	number      // what begins as a number does
	sign        // one of ( ) [ ] , ? | : = < > <= >= ~ "
	odd         // any other character
)

// token is a piece of the line.
type token struct {
	kind kind
	text string
	at   Pos
}

func (t token) is(sign string) bool { return t.kind != end && t.text == sign }

// lexer cuts the line into tokens, on demand: values and expressions have rules
// of their own, which the parser asks for where they can stand.
type lexer struct {
	text string
	pos  Pos // where it has come to

	// The first character that may not be in the value read last, if size is not 0.
	bad     rune
	badSize int
	badAt   Pos
}

// peek is the next character; its size is 0 at the end.
func (l *lexer) peek() (rune, int) {
	if l.pos.Offset >= len(l.text) {
		return 0, 0
	}
	if c := l.text[l.pos.Offset]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	return utf8.DecodeRuneInString(l.text[l.pos.Offset:])
}

func (l *lexer) skip(size int) {
	l.pos.Offset += size
	l.pos.Column++
}

func (l *lexer) blanks() {
	for {
		r, size := l.peek()
		if size == 0 || !isBlank(r) {
			return
		}
		l.skip(size)
	}
}

// isBlank are the characters between tokens: a spec may be pasted from several
// lines.
func isBlank(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' }

// class is what a byte of ASCII can be part of.
var class [256]uint8

const (
	wordChar uint8 = 1 << iota // of a word and of a number: letters, digits and '_'
	joining                    // of a word and of a number, not as its first
	signChar                   // a token of its own
)

func init() {
	for c := range class {
		switch {
		case c < utf8.RuneSelf && isWord(rune(c)):
			class[c] = wordChar
		case c == '.' || c == '-':
			class[c] = joining
		case c < utf8.RuneSelf && strings.IndexByte(`()[],?|:=<>~"'`, byte(c)) >= 0:
			class[c] = signChar
		}
	}
}

// next is the next token.
func (l *lexer) next() token {
	l.blanks()
	start := l.pos
	r, size := l.peek()
	if size == 0 {
		return token{end, "", start}
	}
	l.skip(size)
	k := odd
	switch {
	case size == 1 && r < utf8.RuneSelf && class[r]&signChar != 0:
		k = sign
		if (r == '<' || r == '>') && l.pos.Offset < len(l.text) && l.text[l.pos.Offset] == '=' {
			l.skip(1)
		}
	case r >= '0' && r <= '9' || r == '-' || r == '+':
		k = number
		l.word()
		for r, _ := l.peek(); r == '+'; r, _ = l.peek() { // of an exponent
			l.skip(1)
			l.word()
		}
	case size == 1 && r < utf8.RuneSelf && class[r]&wordChar != 0 || unicode.IsLetter(r):
		k = word
		l.word()
	}
	return token{k, l.text[start.Offset:l.pos.Offset], start}
}

// word goes behind a word, or the rest of one. Letters of all scripts are taken, so
// that a name with a wrong one is one mistake.
func (l *lexer) word() {
	for {
		for l.pos.Offset < len(l.text) && class[l.text[l.pos.Offset]]&(wordChar|joining) != 0 {
			l.skip(1)
		}
		r, size := l.peek()
		if size < 2 || !unicode.In(r, unicode.L, unicode.M, unicode.N) {
			return
		}
		l.skip(size)
	}
}

// literal is a value: text in quotes, whose escapes are \\, \" and \', or bare
// text up to a sign that ends it, without the blanks around it.
type literal struct {
	text   string
	quoted bool
	closed bool // the closing quote is there
	at     Pos
}

// value reads a value. Bare text ends before one of ends; a sign of the grammar
// that is not among them ends it too.
func (l *lexer) value(ends string) literal {
	l.blanks()
	v := literal{at: l.pos}
	l.badSize = 0
	r, size := l.peek()
	if r == '"' || r == '\'' {
		l.skip(size)
		v.quoted = true
		inside := l.pos
		if l.quoted(&v, r); !v.closed {
			l.pos = inside // the fields behind it are read too
		}
		return v
	}
	last := l.pos
	var odd struct { // the first tab or line's end
		r    rune
		size int
		at   Pos
	}
	for {
		for odd.size == 0 && l.pos.Offset < len(l.text) && class[l.text[l.pos.Offset]]&wordChar != 0 {
			l.skip(1)
			last = l.pos
		}
		r, size = l.peek()
		if size == 0 || strings.ContainsRune(ends, r) || strings.ContainsRune(`()[],|"'`, r) {
			break
		}
		if r == ' ' {
			l.skip(size)
			continue
		}
		if isBlank(r) {
			if odd.size == 0 {
				odd.r, odd.size, odd.at = r, size, l.pos
			}
		} else {
			if odd.size > 0 && l.badSize == 0 { // not at the end, where it would not count
				l.bad, l.badSize, l.badAt = odd.r, odd.size, odd.at
			}
			l.refuse(r, size)
			if _, looks := lookalike(r); looks && !unicode.IsLetter(r) {
				l.mark(r, size)
			}
		}
		l.skip(size)
		if !isBlank(r) {
			last = l.pos
		}
	}
	v.text = l.text[v.at.Offset:last.Offset]
	v.closed = true
	return v
}

func (l *lexer) quoted(v *literal, quote rune) {
	start := l.pos.Offset
	var b strings.Builder
	escaped := false
	for {
		for !escaped && l.pos.Offset < len(l.text) && class[l.text[l.pos.Offset]]&wordChar != 0 {
			l.skip(1)
		}
		r, size := l.peek()
		switch {
		case size == 0:
			v.text = l.text[start:]
			return
		case r == quote:
			v.closed = true
			if v.text = l.text[start:l.pos.Offset]; escaped {
				v.text = b.String()
			}
			l.skip(size)
			return
		case r == '\\' && l.pos.Offset+1 < len(l.text) && strings.IndexByte(`\"'`, l.text[l.pos.Offset+1]) >= 0:
			if !escaped {
				b.WriteString(l.text[start:l.pos.Offset])
				escaped = true
			}
			l.skip(size)
			r, size = l.peek()
		case r == '\\':
			l.mark(r, size)
		}
		l.refuse(r, size)
		if escaped {
			b.WriteString(l.text[l.pos.Offset : l.pos.Offset+size])
		}
		l.skip(size)
	}
}

// refuse notes a character that no text may have: one that cannot be seen.
func (l *lexer) refuse(r rune, size int) {
	if r < utf8.RuneSelf && r >= ' ' && r != 0x7f {
		return
	}
	if size == 1 || !unicode.IsGraphic(r) || unicode.Is(unicode.Zs, r) {
		l.mark(r, size)
	}
}

func (l *lexer) mark(r rune, size int) {
	if l.badSize == 0 {
		l.bad, l.badSize, l.badAt = r, size, l.pos
	}
}

// regex reads an expression up to a slash that no backslash escapes; the lexer
// is behind the slash that opens it. A slash in it stands for itself.
func (l *lexer) regex() literal {
	v := literal{at: l.pos}
	l.badSize = 0
	start := l.pos.Offset
	var b strings.Builder
	copied := start
	for {
		r, size := l.peek()
		switch {
		case size == 0:
			v.text = l.text[start:]
			return v
		case r == '/':
			b.WriteString(l.text[copied:l.pos.Offset])
			v.text, v.closed = b.String(), true
			l.skip(size)
			return v
		case r == '\\':
			if l.pos.Offset+1 < len(l.text) && l.text[l.pos.Offset+1] == '/' {
				b.WriteString(l.text[copied:l.pos.Offset])
				copied = l.pos.Offset + 1
			}
			l.skip(size)
			if r, size = l.peek(); size == 0 {
				continue
			}
		}
		l.refuse(r, size)
		l.skip(size)
	}
}
