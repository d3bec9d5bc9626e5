// Package contractlock is the file contracts.lock: a line for each event, with its
// version, where it is published, and a digest of what that version means. A reviewer
// sees in it which contracts a change alters, and a merge of two changes of one event
// conflicts in its line.
//
// The lock follows from the contracts, as generated code does, and nothing is decided by
// it: the gate compares contracts. What a digest is made of is for internal/compat.
package contractlock
