package event

import "github.com/eventcontracts/eventcontracts/pkg/eventrt"

// A record comes from anywhere, and it is decoded before anything is known of it. What
// bounds its depth is in jsonscan.go, what bounds its members in object.go; here is
// what bounds the memory that a payload becomes. docs/formats.md has the limits for
// users, with their reasons.

// memoryLeast and memoryPerByte bound the memory, in bytes, that protojson is estimated
// to allocate for the values of one payload: 8 MiB, and 4 for each byte of JSON. Texts
// come on top, with about three times their size. Without a bound two bytes of JSON
// become up to 600 of memory, and a record of 1 MB stops a service.
const (
	memoryLeast   = 8 << 20
	memoryPerByte = 4
)

// readAtOnce bounds the memory, by the same estimate, that generated code takes for a record
// of n bytes. It begins before the end of the record has been seen, which may be wrong, and
// before it is known whether it is too large; such a record may take four times its size and
// 1 MiB. One that needs more is first looked over by the reference.
func readAtOnce(n int) int { return 512<<10 + 3*n }

// What a value is charged, in bytes, whatever its length: measured as what protojson
// allocates for it, most of which is garbage at once. It is the upper end for Go types;
// dynamic messages, which eventctl has, take up to three times as much of a Struct. The
// tests of limits_test.go hold both.
const (
	messageMemory = eventrt.MessageMemory
	fieldMemory   = eventrt.FieldMemory
	elementMemory = eventrt.ElementMemory
	entryMemory   = eventrt.EntryMemory
	dynamicMemory = eventrt.DynamicMemory
	anyPerByte    = 6 // of the JSON of an Any, which is also written into bytes
)

// maxHint bounds the memory that is taken for a record before its size is known, and is
// the size up to which the text of an error may be searched and a payload of a simple
// shape is not looked over.
const maxHint = 64 << 10

// maxScalar bounds the text of a value that is not a string: no number, time or
// name of an enum value is longer.
const maxScalar = 1024
