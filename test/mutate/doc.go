// Command mutate plants mistakes in the code that keeps the promises, one at a time,
// and requires that a test fails for each. A mistake that no test notices is a promise
// that nobody checks.
//
//	go run ./test/mutate            # all of them, with the tests that are named beside each
//	go run ./test/mutate -run C10   # those whose name matches
//
// Nothing in the tree is written: the changed file takes the place of its original by
// the overlay of the go command. A planted change names the text that it replaces, so
// that one which no longer fits the code is an error (TestEveryChangeFitsTheCode), and
// no mistake that nobody plants any more.
package main
