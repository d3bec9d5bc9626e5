// Package peers has everything that is measured against each other: the bus, the client
// that it is built on, and what a team would otherwise take. Each is a small file that says
// where its settings come from. All send the same events to a topic of the same shape, with
// acknowledgements of all replicas, idempotently where the peer can, lz4, and the same linger;
// all read with a handler that does nothing, and commit.
//
// Nothing here decides what is fair to compare: the groups of package main do.
package peers
