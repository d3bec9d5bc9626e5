// Package near finds the known name that somebody meant who typed another one,
// for "did you mean" in errors. It compares spelling alone and depends on the
// standard library alone, so that a grammar, the catalogue and the command line
// can all ask it. What to say about a name that is near nothing is for the
// caller.
package near
