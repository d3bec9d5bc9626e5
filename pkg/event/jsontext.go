package event

import (
	"bytes"
	"encoding/json"
	"errors"
)

// text reads a JSON string that the scanner has accepted. Escapes are rare, and
// left to encoding/json.
func text(raw []byte) (string, error) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", errors.New("not a string")
	}
	if bytes.IndexByte(raw, '\\') >= 0 {
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err
	}
	return string(raw[1 : len(raw)-1]), nil
}

const hexDigits = "0123456789abcdef"

// appendText appends s as a JSON string. s is valid UTF-8. It escapes what RFC 8259
// requires and no more: encoding/json would also escape <, > and &, and readers
// of other languages compare texts.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := range len(s) {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		if c < 0x20 {
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		} else {
			b = append(b, '\\', c)
		}
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}
