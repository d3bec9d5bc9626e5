// Package repogen makes a new repository of contracts in memory: buf files, a Makefile,
// workflows for GitHub and GitLab with the gate, the vocabulary, a Go module that has
// eventctl as its tool, a first event with its fixtures and generated Go, and a test
// that walks over all events. Everything is there before anything is written.
//
// Its texts are text/template files in templates. They belong to whoever asked for
// them: nothing generates them a second time. The package writes no files and asks
// nobody; the first event is package authoring's.
package repogen
