// Package cli is the eventctl command line. Each command is one file; what they
// print for programs (--json) has the same names as what they print for people.
//
// Exit codes are part of the interface: 0 done, 1 refused or failed, 2 used
// wrongly.
package cli
