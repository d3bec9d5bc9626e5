// Package eventctx holds the context keys of package event, so that package
// eventbus can answer for them in a context of its own: one allocation per
// handled event instead of one for each value.
package eventctx

// Key is the type of the keys.
type Key int

const (
	// Metadata keys the metadata of the event being handled: an event.Metadata
	// or a pointer to one.
	Metadata Key = iota
	// Correlation keys the correlation id that a service has set, a string.
	Correlation
	// Trace keys the trace that events continue: an event.Trace, or what has a method
	// TraceHeaders, the headers of the record being handled.
	Trace
)
