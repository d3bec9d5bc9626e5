// Package contractproto translates between a field spec and a contract: it writes
// the .proto lines that a spec stands for, and reads the spec of an existing
// message, naming what the language cannot say of it.
//
// What a type means is written once, as the rules of its shape: they are printed
// into the .proto, and compared with those of a message that is read. The package
// renders text and answers questions about descriptors; it reads and writes no
// files, knows no Kafka, and does not check contracts: package catalog does.
package contractproto
