package changelog

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// Status is what became of an event or a topic.
type Status string

// The values of Status.
const (
	Added   Status = "added"
	Changed Status = "changed"
	Removed Status = "removed"
)

// Change is what is different of one event or topic.
type Change struct {
	// Subject is the event's wire type, or "topic NAME".
	Subject string `json:"subject"`
	Message string `json:"message,omitempty"` // full name of the event's message
	Status  Status `json:"status"`
	Was     string `json:"was,omitempty"` // the event's version before
	Is      string `json:"is,omitempty"`  // and now
	Lines   []Line `json:"lines"`
}

// Title is what a heading says: "TodoCreated 1.1 (was 1.0)".
func (c Change) Title() string {
	switch {
	case c.Status == Added:
		return strings.TrimSpace(c.Subject+" "+c.Is) + ": new"
	case c.Status == Removed:
		return strings.TrimSpace(c.Subject+" "+c.Was) + ": removed"
	case c.Was != c.Is:
		return fmt.Sprintf("%s %s (was %s)", c.Subject, c.Is, c.Was)
	default:
		return strings.TrimSpace(c.Subject + " " + c.Is)
	}
}

// Line is one difference.
type Line struct {
	Field string `json:"field,omitempty"` // path of the field; "" for the event or topic itself
	Text  string `json:"text"`
}

func (l Line) String() string {
	if l.Field == "" {
		return l.Text
	}
	return l.Field + ": " + l.Text
}

// Compare is what is different between two states: events by their messages' names, then
// topics by theirs.
func Compare(old, new *compat.State) []Change {
	out := []Change{}
	before := byName(old)
	for _, now := range new.Entries() {
		was, ok := before[now.Message.FullName()]
		c := Change{Subject: now.Type, Message: string(now.Message.FullName()), Is: now.Version(), Status: Added, Lines: []Line{}}
		if ok {
			delete(before, now.Message.FullName())
			c.Was, c.Status = was.Version(), Changed
			c.Lines = event(old, new, was, now)
			if len(c.Lines) == 0 && c.Was == c.Is {
				continue
			}
		} else {
			c.Lines = append(c.Lines, Line{Text: route(now)})
		}
		out = append(out, c)
	}
	for _, was := range old.Entries() {
		if _, gone := before[was.Message.FullName()]; gone {
			out = append(out, Change{Subject: was.Type, Message: string(was.Message.FullName()), Was: was.Version(), Status: Removed, Lines: []Line{}})
		}
	}
	return append(out, topics(old, new)...)
}

func byName(s *compat.State) map[protoreflect.FullName]compat.Entry {
	out := map[protoreflect.FullName]compat.Entry{}
	for _, e := range s.Entries() {
		out[e.Message.FullName()] = e
	}
	return out
}

func route(e compat.Entry) string {
	return fmt.Sprintf("on topic %s, %s", e.Topic, keyed(e.Key))
}

func keyed(key string) string {
	if key == "" {
		return "without a key"
	}
	return "keyed by " + key
}

// event is what is different of one event.
func event(old, new *compat.State, was, now compat.Entry) []Line {
	out := []Line{}
	add := func(format string, args ...any) { out = append(out, Line{Text: fmt.Sprintf(format, args...)}) }
	if was.Type != now.Type {
		add("its type is %s on the wire, was %s", now.Type, was.Type)
	}
	if was.Topic != now.Topic {
		add("on topic %s, was %s", now.Topic, was.Topic)
	}
	if was.Key != now.Key {
		add("%s, was %s", keyed(now.Key), keyed(was.Key))
	}
	if was.Format != now.Format {
		add("written in format %s, was %s", now.Format, was.Format)
	}
	a, b := descriptor.Event(was.Message), descriptor.Event(now.Message)
	if a.GetOwner() != b.GetOwner() {
		add("owned by %s, was %s", b.GetOwner(), a.GetOwner())
	}
	if promise(a) != promise(b) {
		add("promises %s, was %s", promise(b), promise(a))
	}
	if a.GetFromPrevious() != b.GetFromPrevious() {
		add("converts from the major before by %s, was %s", conversion(b), conversion(a))
	}
	switch x, y := a.GetDeprecated(), b.GetDeprecated(); {
	case y == nil && x != nil:
		add("no longer deprecated")
	case y != nil && (x == nil || x.GetSince() != y.GetSince() || x.GetSunset() != y.GetSunset() || x.GetReplacedBy() != y.GetReplacedBy()):
		text := fmt.Sprintf("deprecated since %s, removed from %s on", y.GetSince(), y.GetSunset())
		if y.GetReplacedBy() != "" {
			text += ", replaced by " + y.GetReplacedBy()
		}
		add("%s", text)
	}
	w := walk{old: old, new: new, seen: map[[2]protoreflect.FullName]bool{}}
	w.message(was.Message, now.Message, "")
	if out = append(out, w.lines...); len(out) == 0 && was.Digest != now.Digest {
		// The expression of a predefined rule, which stands in another file.
		add("a rule that it uses means something else now")
	}
	return out
}

func promise(o *eventcontractsv1.EventOptions) string {
	switch o.GetCompatibility() {
	case eventcontractsv1.Compatibility_COMPATIBILITY_BACKWARD:
		return "backward compatibility"
	case eventcontractsv1.Compatibility_COMPATIBILITY_FORWARD:
		return "forward compatibility"
	case eventcontractsv1.Compatibility_COMPATIBILITY_NONE:
		return "no compatibility"
	default:
		return "compatibility in both directions"
	}
}

func conversion(o *eventcontractsv1.EventOptions) string {
	switch o.GetFromPrevious() {
	case eventcontractsv1.Conversion_CONVERSION_BY_NAME:
		return "name"
	case eventcontractsv1.Conversion_CONVERSION_GO:
		return "Go"
	default:
		return "nothing"
	}
}

// topics is what is different of declared topics, setting by setting.
func topics(old, new *compat.State) []Change {
	var out []Change
	before := map[string]*eventcontractsv1.TopicOptions{}
	for _, t := range old.Topics() {
		before[t.GetName()] = t
	}
	for _, now := range new.Topics() {
		was, ok := before[now.GetName()]
		delete(before, now.GetName())
		c := Change{Subject: "topic " + now.GetName(), Status: Changed, Lines: []Line{}}
		if !ok {
			c.Status = Added
			was = &eventcontractsv1.TopicOptions{Name: now.GetName()} // the subject says it
		}
		fields := now.ProtoReflect().Descriptor().Fields()
		for i := range fields.Len() {
			a, b := setting(was, fields.Get(i)), setting(now, fields.Get(i))
			switch {
			case a == b:
			case a == "":
				c.Lines = append(c.Lines, Line{string(fields.Get(i).Name()), b})
			case b == "":
				c.Lines = append(c.Lines, Line{string(fields.Get(i).Name()), "no longer set, was " + a})
			default:
				c.Lines = append(c.Lines, Line{string(fields.Get(i).Name()), b + ", was " + a})
			}
		}
		if !ok || len(c.Lines) > 0 {
			out = append(out, c)
		}
	}
	for _, t := range old.Topics() {
		if _, gone := before[t.GetName()]; gone {
			out = append(out, Change{Subject: "topic " + t.GetName(), Status: Removed, Lines: []Line{}})
		}
	}
	return out
}

// setting is a topic's setting as a person writes it; "" if it is not set.
func setting(o *eventcontractsv1.TopicOptions, fd protoreflect.FieldDescriptor) string {
	m := o.ProtoReflect()
	if !m.Has(fd) {
		return ""
	}
	one := func(v protoreflect.Value) string {
		if fd.Enum() == nil {
			return v.String()
		}
		name := string(fd.Enum().Values().ByNumber(v.Enum()).Name())
		prefix := string(fd.Enum().Values().Get(0).Name())
		return strings.ToLower(strings.TrimPrefix(name, strings.TrimSuffix(prefix, "UNSPECIFIED")))
	}
	var words []string
	switch v := m.Get(fd); {
	case fd.IsMap():
		v.Map().Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
			words = append(words, k.String()+"="+v.String())
			return true
		})
		slices.Sort(words)
	case fd.IsList():
		for i := range v.List().Len() {
			words = append(words, one(v.List().Get(i)))
		}
	default:
		return one(v)
	}
	return strings.Join(words, ", ")
}
