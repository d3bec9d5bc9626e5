// Package cli is the eventctl command line: flags and arguments, what is called for
// them, and what is printed. What a record looks like, how topics are compared, what
// a context means and how a cluster is asked, other packages know; here is no
// knowledge that a second program would need.
//
// Each command is one file. connection.go makes of flags, variables and contexts the
// connection that commands share, contractname.go of a name the contract that is
// meant, and records.go reads and sends.
//
// What is printed for programs (--json) has the same names as what is printed for
// people. It goes to stdout, and everything that is about the run itself to stderr,
// so that output can be piped. Exit codes are part of the interface: 0 done, 1
// refused or failed, 2 used wrongly.
package cli
