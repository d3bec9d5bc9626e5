package payloadjson

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/suggest"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// maxMistakes is how many are told: of JSON that is about something else, each value is
// one.
const maxMistakes = 20

// checker collects the mistakes of one payload.
type checker struct {
	root     protoreflect.MessageDescriptor
	types    event.Resolver
	mistakes Mistakes
	hidden   bool // a field of the contract is personal or secret: its value may stand in another
}

func (c *checker) add(path, format string, args ...any) {
	if len(c.mistakes) < maxMistakes {
		c.mistakes = append(c.mistakes, Mistake{path, fmt.Sprintf(format, args...)})
	}
}

// message checks the members of an object against the fields of a message.
func (c *checker) message(d protoreflect.MessageDescriptor, n node, path string) {
	given := map[protoreflect.FullName]string{}
	members := map[protoreflect.Name]protoreflect.FieldDescriptor{}
	for _, m := range n.members {
		fd := c.fieldOf(d, m.name)
		if fd == nil {
			c.unknown(d, m.name, path)
			continue
		}
		at := join(path, nameOf(fd))
		if first, again := given[fd.FullName()]; again {
			if first == m.name {
				c.add(at, "it is given twice: give it once")
			} else {
				c.add(at, "it is given as %s and as %s: give %s alone", first, m.name, nameOf(fd))
			}
			continue
		}
		given[fd.FullName()] = m.name
		if o := fd.ContainingOneof(); o != nil && !o.IsSynthetic() && m.value.kind != 'n' {
			if other := members[o.Name()]; other != nil {
				c.add(at, "%s has %s already: give one of the two", o.Name(), other.Name())
			}
			members[o.Name()] = fd
		}
		c.field(fd, m.value, at)
	}
}

// metadata are the names of metadata that a person may take for fields, because a
// record has them beside the payload, with the flag that sets each.
var metadata = map[string]string{"event_id": "--id", "timestamp": "--time", "correlation_id": "--correlation", "source": "--source"}

// unknown tells of a member that the contract does not have.
func (c *checker) unknown(d protoreflect.MessageDescriptor, name, path string) {
	at := join(path, printable(name))
	if d == c.root && path == "" {
		if flag, ok := metadata[name]; ok {
			c.add(at, "it is metadata, and not a part of the payload: leave it out, or give %s", flag)
			return
		}
		for _, reserved := range event.ReservedFields() {
			switch {
			case name == "data":
				c.add(at, "it is what a record holds the payload in: give the object inside it")
				return
			case name == reserved:
				c.add(at, "it is metadata, and not a part of the payload: leave it out")
				return
			}
		}
	}
	var known []string
	for i := range d.Fields().Len() {
		known = append(known, d.Fields().Get(i).TextName())
	}
	if near := suggest.Near(name, known); len(near) > 0 {
		c.add(at, "the contract has no such field: did you mean %s?", strings.Join(near, " or "))
		return
	}
	c.add(at, "the contract has no such field")
}

// field checks the value of a field, one, several or a map of them.
func (c *checker) field(fd protoreflect.FieldDescriptor, n node, path string) {
	switch {
	case n.kind == 'n': // absent, but for a google.protobuf.Value, which takes it
	case fd.IsMap():
		if n.kind != '{' {
			c.wrong(path, "an object", n)
			return
		}
		seen := map[string]bool{}
		for _, m := range n.members {
			at := path + "[" + c.key(m.name) + "]"
			if seen[m.name] {
				c.add(at, "the key is given twice: give it once")
				continue
			}
			seen[m.name] = true
			key := quoted(m.name)
			if inner := fd.MapValue().Message(); inner != nil && !isValue(inner) {
				// What it holds is looked at by itself.
				if !c.takes(fd, []byte("{"+key+": {}}")) {
					c.add(at, "the key is not %s", wanted(fd.MapKey()))
					continue
				}
				c.part(inner, m.value, at)
				continue
			}
			switch {
			case c.takes(fd, []byte("{"+key+": "+string(m.value.raw)+"}")):
			case fd.MapKey().Kind() != protoreflect.StringKind && !c.keyFits(fd, key):
				c.add(at, "the key is not %s", wanted(fd.MapKey()))
			default:
				c.refused(fd.MapValue(), m.value, at)
			}
		}
	case fd.IsList():
		if n.kind != '[' {
			c.wrong(path, "an array", n)
			return
		}
		for i, item := range n.items {
			at := fmt.Sprintf("%s[%d]", path, i)
			if inner := fd.Message(); inner != nil && !isValue(inner) {
				c.part(inner, item, at)
			} else if !c.takes(fd, []byte("["+string(item.raw)+"]")) {
				c.refused(fd, item, at)
			}
		}
	case fd.Message() != nil && !isValue(fd.Message()):
		c.part(fd.Message(), n, path)
	case !c.takes(fd, n.raw):
		c.refused(fd, n, path)
	}
}

// key is the key of a map as it is shown, which is a value of the payload too. What an
// Any holds is not looked into here, so that no key is of it.
func (c *checker) key(name string) string {
	if c.hidden {
		return "*"
	}
	return printable(name)
}

// keyFits tries a key of a map with a value that is right or at least absent.
func (c *checker) keyFits(fd protoreflect.FieldDescriptor, key string) bool {
	for _, value := range []string{"0", `"0"`, "true", `""`, "{}", `"0s"`} {
		if c.takes(fd, []byte("{"+key+": "+value+"}")) {
			return true
		}
	}
	return false
}

// part checks a message inside the payload.
func (c *checker) part(d protoreflect.MessageDescriptor, n node, path string) {
	if n.kind != '{' {
		c.wrong(path, "an object", n)
		return
	}
	c.message(d, n, path)
}

// isValue reports whether JSON has a message as one value, as a time, or in a shape of
// its own, as an Any.
func isValue(d protoreflect.MessageDescriptor) bool {
	return descriptor.WellKnown(d)
}

func (c *checker) wrong(path, want string, n node) {
	c.add(path, "give %s, not %s", want, c.shown(n))
}

// shown is a value in words: its kind, and what it is as far as that may be seen.
func (c *checker) shown(n node) string {
	if c.hidden {
		return n.what()
	}
	switch n.kind {
	case '"':
		return "the text " + short(n.raw)
	case '0':
		return "the number " + short(n.raw)
	case 't':
		return string(n.raw)
	}
	return n.what()
}

// maxShown is how much of a value is quoted, in characters.
const maxShown = 60

// short is a value as it is written, or its beginning.
func short(raw []byte) string {
	if utf8.RuneCount(raw) <= maxShown {
		return string(raw)
	}
	return string([]rune(string(raw))[:maxShown-1]) + "…"
}

// refused tells of a value that a field does not take.
func (c *checker) refused(fd protoreflect.FieldDescriptor, n node, path string) {
	if e := fd.Enum(); e != nil && n.kind == '"' {
		var known []string
		for i := range e.Values().Len() {
			known = append(known, string(e.Values().Get(i).Name()))
		}
		if near := suggest.Near(strings.Trim(string(n.raw), `"`), known); len(near) > 0 {
			c.add(path, "%s has no such value%s: did you mean %s?", e.Name(), c.as(n), strings.Join(near, " or "))
			return
		}
		c.add(path, "%s has no such value%s: give %s", e.Name(), c.as(n), oneOf(known))
		return
	}
	if fd.Kind() == protoreflect.StringKind && n.kind == '"' {
		c.add(path, "the text has half a surrogate pair or other characters that are not Unicode: write it in UTF-8")
		return
	}
	want, kinds := wantedValue(fd)
	if strings.IndexByte(kinds, n.kind) >= 0 { // its kind is right, and what it says is not
		not := ""
		if !c.hidden && n.kind != '{' && n.kind != '[' {
			not = ", not " + short(n.raw)
		}
		c.add(path, "give %s%s", want, not)
		return
	}
	c.wrong(path, want, n)
}

// as is a value behind what is said of it, if it may be seen.
func (c *checker) as(n node) string {
	if c.hidden {
		return ""
	}
	return " as " + short(n.raw)
}

// maxNamed is how many values of an enum are worth listing.
const maxNamed = 8

func oneOf(names []string) string {
	if len(names) > maxNamed {
		return "one of " + strings.Join(names[:maxNamed], ", ") + " …"
	}
	return "one of " + strings.Join(names, ", ")
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
