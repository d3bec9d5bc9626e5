// Package contractrepo knows how a repository of contracts is laid out: its root, the
// modules that buf.yaml names with the .proto files in them, the Go module around
// them, and the template by which buf generates code from them.
//
// A repository can be looked at as a plan will leave it, before anything is written:
// every file is read through the plan's contents first.
//
// The package finds files and reads settings. It does not compile contracts (package
// catalog does), does not generate code (package gogen does), and writes nothing.
package contractrepo
