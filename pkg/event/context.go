package event

import (
	"context"

	"github.com/eventcontracts/eventcontracts/internal/eventctx"
)

// ContextWith returns a context of the handling of the event that md describes:
// events encoded with it inherit its correlation id and have it as their cause.
func ContextWith(ctx context.Context, md Metadata) context.Context {
	return context.WithValue(ctx, eventctx.Metadata, md)
}

// MetadataFrom returns the metadata of the event being handled.
func MetadataFrom(ctx context.Context) (Metadata, bool) {
	switch md := ctx.Value(eventctx.Metadata).(type) {
	case Metadata:
		return md, true
	case *Metadata:
		if md != nil {
			return *md, true
		}
	}
	return Metadata{}, false
}

// WithCorrelationID returns a context whose events have the correlation id id,
// as a service does with the id of a request.
func WithCorrelationID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, eventctx.Correlation, id)
}

// inherit fills correlation and causation from ctx. An explicit correlation id
// wins over the handled event's. An event without a correlation id, which other
// writers may leave out, is the root of what it causes.
func (md *Metadata) inherit(ctx context.Context) {
	if handled, ok := MetadataFrom(ctx); ok {
		if md.CausationID == "" {
			md.CausationID = handled.ID
		}
		if md.CorrelationID == "" {
			md.CorrelationID = handled.CorrelationID
			if md.CorrelationID == "" {
				md.CorrelationID = handled.ID
			}
		}
	}
	if id, ok := ctx.Value(eventctx.Correlation).(string); ok && id != "" {
		md.CorrelationID = id
	}
}
