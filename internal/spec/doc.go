// Package spec is the field spec: the one line in which a person says which
// fields an event has, such as
//
//	id (UUID), title (str <=500), description (str?)
//
// [Parse] reads a line and tells every mistake in it, each with its column and
// what to write instead. A [Spec] is canonical: what several spellings mean is
// kept in one way, and [Spec.String] prints that way. docs/generator.md has the
// grammar.
//
// The package knows text and the names that protobuf and Go would make of it,
// and depends on the standard library alone. It does not know what a contract
// is: the .proto lines that a spec stands for, and the spec of an existing
// message, are package contractproto's.
package spec
