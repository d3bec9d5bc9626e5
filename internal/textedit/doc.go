// Package textedit replaces ranges of a text and keeps every other byte: line
// ends of either kind, indentation, a byte order mark, a file without a final
// newline. Packages protoedit and servicesedit know where an edit belongs, and
// this package how it is written there.
//
// It knows no language, reads no files, and works on offsets in bytes.
package textedit
