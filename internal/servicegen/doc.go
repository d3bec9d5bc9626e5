// Package servicegen writes the first version of a service that handles events: a main
// function with its configuration from the environment, probes and a stop in order; a
// typed handler for each event; a test on the embedded broker that passes as it is; a
// Dockerfile. The files are text/template files in templates, and belong to whoever
// asked for them: nothing generates them a second time.
//
// The package turns contracts into text. Which contracts, and where the files go, its
// callers decide; what contracts are called in Go, package gosource knows.
package servicegen
