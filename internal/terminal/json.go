package terminal

import (
	"encoding/json"
	"io"
)

// JSON prints one value, indented, for a program that reads the whole output. It
// needs no escaping of ours: encoding/json escapes control characters by itself.
func JSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false) // payloads stay readable: < and & are dangerous in pages only
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// JSONLine prints one value on one line, for a program that reads a stream.
func JSONLine(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
