// Package gocodec writes the Go code of protoc-gen-go-event: for each message of a file an
// encoder, a decoder and a validator over package eventrt, in todo_created.event.go beside
// protoc-gen-go's todo_created.pb.go.
//
// What it cannot write down exactly it leaves out: a message without a codec, a field of
// which the code says that it is unsure, a rule that stays open. Package event has the
// reference for all three. It compiles nothing and writes no files, and knows of contracts
// what their descriptors say.
//
//	file.go     a file, and which of its messages get a codec
//	imports.go  what a file imports, and by which names
//	message.go  the functions of a message
//	field.go    a field in each of them
//	rules.go    its rules as conditions in Go; values.go: those of one value
package gocodec
