// Package changelog says in words what is different between two states of contracts,
// event by event and constraint by constraint, for people who read what changed.
//
// Whether a difference breaks somebody is for internal/compat, and how it is laid out on a
// page for whoever prints it.
package changelog
