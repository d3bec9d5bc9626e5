package event

import (
	"cmp"
	"context"
	"strings"

	"github.com/google/uuid"

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

// AcceptCorrelationID is WithCorrelationID for an id of somebody else, such as the HTTP
// header X-Request-ID, which may be anything: what a topic's format cannot carry becomes
// a UUID (version 5 of the text, in the name space of URLs), the same for the same text.
// A blank text leaves ctx as it is.
func AcceptCorrelationID(ctx context.Context, text string) context.Context {
	text = strings.TrimSpace(text)
	if text == "" {
		return ctx
	}
	return context.WithValue(ctx, eventctx.Correlation, foreignID(text))
}

// foreignID is an id that is carried as far as a format can.
type foreignID string

// inherit fills correlation and causation, where no option gave them, from ctx: an
// id that a service has set wins over the handled event's. An event without a
// correlation id, which other writers may leave out, is the root of what it causes.
// What f cannot carry of a handled event becomes a UUID: a handler has no choice of the
// ids that it is given. What a service has set itself is refused later.
func (md *Metadata) inherit(ctx context.Context, f Format) {
	handled, ok := MetadataFrom(ctx)
	if ok && md.CausationID == "" {
		md.CausationID = carried(handled.ID, f)
	}
	if md.CorrelationID != "" {
		return
	}
	switch id := ctx.Value(eventctx.Correlation).(type) {
	case string:
		md.CorrelationID = id
	case foreignID:
		md.CorrelationID = carried(string(id), f)
	}
	if ok && md.CorrelationID == "" {
		md.CorrelationID = carried(cmp.Or(handled.CorrelationID, handled.ID), f)
	}
}

// carried is an id as a format can have it: itself, or a UUIDv5 of its text.
func carried(id string, f Format) string {
	if id == "" || checkID(id, f) == nil {
		return id
	}
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(id)).String()
}
