// Package contexts reads the file in which a user of eventctl names clusters: from a
// context it makes a kafkaconn.Connection, with secrets from variables, files and
// commands, and says what errors call its fields. It also changes which context is
// the current one.
//
// It neither connects nor prints, and does not decide which context is used: flags
// and variables have a say in that, which the command line knows.
package contexts
