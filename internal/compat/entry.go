package compat

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Entry is what stands for one event of a state: how it is found, and a digest of what
// its version means.
type Entry struct {
	Message  protoreflect.MessageDescriptor
	Type     string // wire type
	Major    int
	Revision uint32
	Topic    string
	Key      string // path of the key; "" for an event without one
	Format   string // as docs/formats.md names it: "flat"
	Digest   string
}

// Version is the event's version on the wire.
func (e Entry) Version() string { return fmt.Sprintf("%d.%d", e.Major, e.Revision) }

// Entries are a state's events by the names of their messages.
func (s *State) Entries() []Entry {
	var out []Entry
	for _, e := range s.sortedEvents() {
		o := e.options
		out = append(out, Entry{
			Message: e.message, Type: e.typ, Major: e.major, Revision: o.GetRevision(),
			Topic: o.GetTopic(), Key: o.GetKey(), Format: s.format(o.GetTopic()), Digest: Digest(s, e.message),
		})
	}
	return out
}

// format is that of a topic, also of one that nobody declares: then it is the default.
func (s *State) format(name string) string {
	word := strings.TrimPrefix(formatOf(s.topics[name].options).String(), "FORMAT_")
	return strings.ReplaceAll(strings.ToLower(word), "_", "-")
}
