package spec

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// twins are characters of other scripts, and signs of typesetting, that look like
// one that a spec is written with.
var twins = map[rune]string{
	// Cyrillic
	'а': "a", 'в': "b", 'с': "c", 'ԁ': "d", 'е': "e", 'һ': "h", 'і': "i", 'ј': "j", 'к': "k", 'ӏ': "l", 'м': "m", 'о': "o",
	'р': "p", 'ԛ': "q", 'ѕ': "s", 'т': "t", 'ѵ': "v", 'ԝ': "w", 'х': "x", 'у': "y",
	'А': "A", 'В': "B", 'С': "C", 'Е': "E", 'Н': "H", 'І': "I", 'Ј': "J", 'К': "K", 'М': "M", 'О': "O", 'Р': "P", 'Ѕ': "S", 'Т': "T", 'Х': "X", 'У': "Y",
	// Greek
	'α': "a", 'ι': "i", 'κ': "k", 'ν': "v", 'ο': "o", 'ρ': "p", 'τ': "t", 'υ': "u", 'χ': "x",
	'Α': "A", 'Β': "B", 'Ε': "E", 'Ζ': "Z", 'Η': "H", 'Ι': "I", 'Κ': "K", 'Μ': "M", 'Ν': "N", 'Ο': "O", 'Ρ': "P", 'Τ': "T", 'Υ': "Y", 'Χ': "X",
	// Latin with something missing, and Armenian
	'ı': "i", 'ɑ': "a", 'ɡ': "g", 'ո': "n", 'օ': "o", 'ѐ': "e",
	// Signs
	'“': `"`, '”': `"`, '„': `"`, '«': `"`, '»': `"`, '‘': "'", '’': "'", '‚': ",",
	'–': "-", '—': "-", '−': "-", '‐': "-", '‑': "-",
	'≤': "<=", '≥': ">=", '‹': "<", '›': ">", '∣': "|", '｜': "|", 'ǀ': "|", '，': ",", '、': ",", '；': ";",
	'∕': "/", '⁄': "/", '∼': "~", '～': "~", '（': "(", '）': ")", '［': "[", '］': "]",
	'\u00a0': " ", '\u2007': " ", '\u202f': " ", '\u3000': " ", '\u2009': " ", '\u200a': " ", '\u2002': " ", '\u2003': " ",
}

// lookalike is what a character looks like that is not what it seems.
func lookalike(r rune) (string, bool) {
	if r < utf8.RuneSelf {
		return "", false
	}
	if s, ok := twins[r]; ok {
		return s, true
	}
	if r >= 0xff01 && r <= 0xff5e { // the full-width forms of ASCII
		return string(r - 0xff01 + '!'), true
	}
	return "", false
}

// describe names a character that should not be where it is, and says what to do.
func describe(r rune, size int) (problem, fix string) {
	if r == utf8.RuneError && size == 1 {
		return "the text is not UTF-8 here", "write it in UTF-8"
	}
	code := fmt.Sprintf("U+%04X", r)
	if s, ok := lookalike(r); ok {
		if s == " " {
			return fmt.Sprintf("%s is not an ordinary blank", code), "write a blank"
		}
		sign := quote(s)
		if s == `"` {
			sign = `'"'`
		}
		return fmt.Sprintf("%s looks like %s, but is %s", code, sign, script(r)), "write " + sign
	}
	switch {
	case isBlank(r):
		return fmt.Sprintf("a tab or a line's end (%s) in a value", code), "remove it"
	case unicode.IsControl(r):
		return fmt.Sprintf("the control character %s", code), "remove it"
	case !unicode.IsGraphic(r):
		return fmt.Sprintf("the invisible character %s", code), "remove it"
	case r < utf8.RuneSelf:
		return fmt.Sprintf("unexpected %q", string(r)), "remove it"
	default:
		return fmt.Sprintf("unexpected %q (%s)", string(r), code), "remove it"
	}
}

func script(r rune) string {
	switch {
	case unicode.Is(unicode.Cyrillic, r):
		return "a Cyrillic letter"
	case unicode.Is(unicode.Greek, r):
		return "a Greek letter"
	case unicode.IsLetter(r):
		return "another letter"
	default:
		return "another sign"
	}
}
