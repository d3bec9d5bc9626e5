// Package descriptor answers questions about protobuf descriptors: which of our
// options and which buf.validate rules a file, message or field has, where they
// stand in the source, whether a field is sensitive, and what a message
// contains. It is the one place that reads these options, so that the registry,
// the bus, the catalogue and eventctl cannot read them differently.
//
// Every answer follows from the descriptor alone. The package knows no registry
// and evaluates no rule: whether a contract is right, and what its rules say of
// a value, is for package event. It keeps nothing, and is safe for concurrent
// use.
package descriptor
