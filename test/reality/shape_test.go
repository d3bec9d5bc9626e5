package reality_test

import (
	"fmt"
	"slices"
)

// shapeEdits change types, names and numbers, and what proto2 and editions say beside
// rules.
var shapeEdits = []edit{
	{"another type", 3, onField(func(c chooser, _ *message, f *field) bool {
		f.kind, f.rules, f.own, f.preset = one(c, kinds), nil, nil, ""
		return true
	})},
	{"a list, a map or one", 2, onField(func(c chooser, _ *message, f *field) bool {
		if f.oneof != "" {
			return false
		}
		f.card, f.rules, f.own = card(c.IntN(4)), nil, nil
		return true
	})},
	{"a value of the enum less", 2, func(c chooser, k *contract) bool {
		if len(k.enum) < 2 {
			return false
		}
		i := 1 + c.IntN(len(k.enum)-1)
		k.enum = slices.Delete(k.enum, i, i+1)
		return true
	}},
	{"a value of the enum renamed", 1, func(c chooser, k *contract) bool {
		k.enum[c.IntN(len(k.enum))].name += "_"
		return true
	}},
	{"a value of the enum with another number", 1, func(c chooser, k *contract) bool {
		if len(k.enum) < 2 {
			return false
		}
		k.enum[1+c.IntN(len(k.enum)-1)].number = int32(5 + c.IntN(6))
		return true
	}},
	{"the order of the enum", 1, func(c chooser, k *contract) bool {
		c.Shuffle(len(k.enum), func(i, j int) { k.enum[i], k.enum[j] = k.enum[j], k.enum[i] })
		return true
	}},
	{"into a oneof, or out of it", 3, onField(func(c chooser, m *message, f *field) bool {
		if f.card > optional {
			return false
		}
		if f.own != nil {
			f.own.Default = nil
		}
		f.must, f.preset = false, ""
		switch {
		case f.oneof != "":
			f.oneof = ""
		case len(m.oneofs) == 0:
			m.oneofs = []oneof{{"choice", c.IntN(4) == 0}}
			fallthrough
		default:
			f.card, f.oneof = implicit, m.oneofs[0].name
		}
		return true
	})},
	{"a oneof renamed", 1, func(c chooser, k *contract) bool {
		m := one(c, k.reached())
		if len(m.oneofs) == 0 {
			return false
		}
		was := m.oneofs[0].name
		m.oneofs[0].name += "_"
		for _, f := range m.fields {
			if f.oneof == was {
				f.oneof = m.oneofs[0].name
			}
		}
		return true
	}},
	{"another name", 2, onField(func(c chooser, m *message, f *field) bool {
		m.made++
		if c.IntN(2) == 0 {
			m.names = append(m.names, f.name)
		}
		f.name = fmt.Sprintf("f%d", m.made+1)
		return true
	})},
	{"a name in JSON", 2, onField(func(c chooser, m *message, f *field) bool {
		f.json = one(c, append([]string{"", f.name + "x"}, m.names...))
		return true
	})},
	{"what was reserved", 2, func(c chooser, k *contract) bool {
		m := one(c, k.reached())
		if len(m.names) == 0 || len(m.numbers) == 0 {
			return false
		}
		f := c.field(m)
		switch c.IntN(3) {
		case 0:
			f.name, m.names = m.names[0], m.names[1:]
		case 1:
			f.number, m.numbers = m.numbers[0], m.numbers[1:]
		default:
			m.names, m.numbers = nil, nil
			return true
		}
		m.fields = append(m.fields, f)
		return true
	}},
	{"required by protobuf", 2, func(c chooser, k *contract) bool {
		_, f := anyField(c, k)
		if f == nil || k.syntax == "proto3" || f.card > optional || f.oneof != "" {
			return false
		}
		f.must = !f.must
		return true
	}},
	{"protobuf's default", 2, func(c chooser, k *contract) bool {
		_, f := anyField(c, k)
		if f == nil || k.syntax == "proto3" || f.card > optional || f.oneof != "" || f.own.GetDefault() != "" {
			return false
		}
		switch f.kind.rules {
		case "string":
			f.preset = one(c, []string{"", "a", "ab"})
		case "bool":
			f.preset = one(c, []string{"", "true", "false"})
		case "enum":
			f.preset = one(c, k.enum).name
		case "int32", "int64", "uint32", "double":
			f.preset = one(c, []string{"", "0", "1", "7"})
		default:
			return false
		}
		return true
	}},
	{"a closed enum", 1, func(_ chooser, k *contract) bool {
		k.closed = !k.closed
		return k.syntax == edition
	}},
}
