// Package eventctx holds the key under which a context carries the metadata of
// the event being handled.
//
// It is a package of its own because two packages answer for that key:
// pkg/event reads it, and pkg/eventbus gives each delivery a context of its own
// type that answers it without a context.WithValue, which would be an
// allocation for each record. Nothing outside this module may answer it.
package eventctx

// Key is the type of the context keys that the two packages share.
type Key int

// Metadata is the key of the handled event's metadata: an event.Metadata, or a
// *event.Metadata that does not change while the context is in use.
const Metadata Key = 0
