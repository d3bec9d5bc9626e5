// Package integration holds the promises of package eventbus as tests against a
// broker, one or more for each rule, named for it.
package integration
