package reality_test

import (
	"fmt"
	"slices"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
)

// edit is one random change: it reports whether anything was changed.
type edit struct {
	name   string
	weight int
	make   func(c chooser, k *contract) bool
}

// reached are the messages that are in the event: what changes elsewhere is no change.
func (c *contract) reached() []*message {
	out := c.messages[:1:1]
	for i := 0; i < len(out); i++ {
		for _, f := range out[i].fields {
			for _, m := range c.messages {
				if f.kind.name == ".shop.v1."+m.name && !slices.Contains(out, m) {
					out = append(out, m)
				}
			}
		}
	}
	return out
}

func anyField(c chooser, k *contract) (*message, *field) {
	m := one(c, k.reached())
	if len(m.fields) == 0 {
		return m, nil
	}
	f := one(c, m.fields)
	if f.name == "id" {
		return m, nil
	}
	return m, f
}

// onField is an edit of a field's options.
func onField(make func(c chooser, m *message, f *field) bool) func(chooser, *contract) bool {
	return func(c chooser, k *contract) bool {
		m, f := anyField(c, k)
		return f != nil && make(c, m, f)
	}
}

var edits = slices.Concat(ruleEdits, shapeEdits)

var ruleEdits = []edit{
	{"other rules", 6, onField(func(c chooser, _ *message, f *field) bool {
		f.rules = c.fieldRules(f)
		return true
	})},
	{"a rule more", 6, onField(func(c chooser, _ *message, f *field) bool {
		if f.rules == nil {
			f.rules = &validate.FieldRules{}
		}
		proto.Merge(f.rules, c.fieldRules(f))
		return true
	})},
	{"a rule less", 5, onField(func(c chooser, _ *message, f *field) bool {
		if f.rules == nil {
			return false
		}
		r := f.rules.ProtoReflect()
		if set := r.WhichOneof(r.Descriptor().Oneofs().ByName("type")); set != nil && c.IntN(4) > 0 {
			c.loosen(r.Mutable(set).Message())
			return true
		}
		f.rules = nil
		return true
	})},
	{"required", 3, onField(func(_ chooser, _ *message, f *field) bool {
		if f.rules == nil {
			f.rules = &validate.FieldRules{}
		}
		f.rules.Required = proto.Bool(!f.rules.GetRequired())
		return true
	})},
	{"ignore", 2, onField(func(c chooser, _ *message, f *field) bool {
		if f.rules == nil {
			return false
		}
		f.rules.Ignore = []*validate.Ignore{nil, validate.Ignore_IGNORE_ALWAYS.Enum(), validate.Ignore_IGNORE_IF_ZERO_VALUE.Enum()}[c.IntN(3)]
		return true
	})},
	{"ignore in it", 3, onField(func(c chooser, _ *message, f *field) bool {
		if f.kind.rules != "" {
			return false
		}
		if f.rules == nil {
			f.rules = &validate.FieldRules{}
		}
		c.ignoreElements(f, f.rules)
		return true
	})},
	{"an expression", 2, onField(func(c chooser, _ *message, f *field) bool {
		if f.rules == nil {
			f.rules = &validate.FieldRules{}
		}
		if len(f.rules.CelExpression) > 0 {
			f.rules.CelExpression = nil
			return true
		}
		if e := c.expression(f); e != "" {
			f.rules.CelExpression = []string{e}
			return true
		}
		return false
	})},
	{"default", 3, onField(func(c chooser, _ *message, f *field) bool {
		c.setDefault(f)
		return true
	})},
	{"accept", 4, onField(func(c chooser, _ *message, f *field) bool {
		if f.own.GetAccept() != nil && c.IntN(2) == 0 {
			f.own.Accept = nil
			return true
		}
		c.setAccept(f)
		return true
	})},
	{"up to accept", 3, onField(func(_ chooser, _ *message, f *field) bool {
		if f.own.GetAccept() == nil {
			return false
		}
		f.rules = proto.CloneOf(f.own.Accept)
		return true
	})},
	{"tightened behind accept", 3, onField(func(c chooser, _ *message, f *field) bool {
		old := f.rules
		if old == nil {
			old = &validate.FieldRules{}
		}
		f.rules = proto.CloneOf(old)
		proto.Merge(f.rules, c.fieldRules(f))
		f.options().Accept = old
		return true
	})},
	{"presence", 3, onField(func(_ chooser, _ *message, f *field) bool {
		if f.card > optional || f.oneof != "" || f.kind.typ == messageType {
			return false
		}
		f.card = 1 - f.card
		if f.own != nil {
			f.own.Default = nil
		}
		return true
	})},
	{"a new field", 4, func(c chooser, k *contract) bool {
		m := one(c, k.reached())
		m.fields = append(m.fields, c.field(m))
		return true
	}},
	{"a deleted field", 3, func(c chooser, k *contract) bool {
		m, f := anyField(c, k)
		if f == nil || len(m.fields) < 3 {
			return false
		}
		m.fields = slices.DeleteFunc(m.fields, func(o *field) bool { return o == f })
		if c.IntN(4) > 0 {
			m.numbers, m.names = append(m.numbers, f.number), append(m.names, f.name)
		}
		return true
	}},
	{"another number", 1, onField(func(_ chooser, m *message, f *field) bool {
		m.made++
		f.number = m.made + 1
		return true
	})},
	{"a value of the enum", 2, func(_ chooser, k *contract) bool {
		n := int32(len(k.enum) + 1)
		k.enum = append(k.enum, value{fmt.Sprintf("COLOR_%d", n), n})
		return true
	}},
	{"a required oneof", 2, func(c chooser, k *contract) bool {
		m := one(c, k.reached())
		for i := range m.oneofs {
			m.oneofs[i].required = !m.oneofs[i].required
			return true
		}
		return false
	}},
	{"rules of a message", 3, func(c chooser, k *contract) bool {
		m := one(c, k.reached())
		if m.rules != nil && c.IntN(2) == 0 {
			m.rules = nil
			return true
		}
		m.rules = c.messageRules(m)
		return m.rules != nil
	}},
	{"order of fields", 1, func(c chooser, k *contract) bool {
		m := one(c, k.reached())
		c.Shuffle(len(m.fields), func(i, j int) { m.fields[i], m.fields[j] = m.fields[j], m.fields[i] })
		return true
	}},
	{"format", 1, func(c chooser, k *contract) bool {
		k.topic.Format = eventcontractsv1.Format(1 + c.IntN(4))
		return true
	}},
	{"topic", 1, func(_ chooser, k *contract) bool {
		k.topic.Name += "_"
		k.event.Topic = k.topic.Name
		return len(k.topic.Name) < 20
	}},
	{"type", 1, func(c chooser, k *contract) bool {
		k.event.Type = fmt.Sprintf("Order%d", c.IntN(3))
		return true
	}},
	{"revision and owner", 1, func(_ chooser, k *contract) bool {
		k.event.Revision++
		k.event.Owner += "x"
		return len(k.event.Owner) < 40
	}},
}

var weighted = func() []edit {
	var out []edit
	for _, e := range edits {
		for range e.weight {
			out = append(out, e)
		}
	}
	return out
}()

// edited is a contract with one change.
func (c chooser) edited(k *contract) (*contract, string) {
	for {
		next := k.clone()
		if e := one(c, weighted); e.make(c, next) {
			return next, e.name
		}
	}
}
