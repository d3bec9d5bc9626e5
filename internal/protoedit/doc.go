// Package protoedit changes the source of a .proto file and keeps every byte that
// it was not asked to change: comments, order, blank lines, indentation, line ends
// of either kind, a byte order mark, a file without a final newline. It inserts
// fields and reserved ranges, sets an event's options, adds imports and topics, and
// renames the package for a new major. It says which field number is free.
//
// A place is found by the compiler's syntax tree and its positions, never by a
// pattern. What is inserted is given as .proto text, parsed on its own before it is
// inserted, and looked for again afterwards. A file that does not parse is refused.
//
// The package reads and writes no files and compiles nothing: whether a type is
// known and a contract is right is for package catalog.
package protoedit
