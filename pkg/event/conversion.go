package event

import (
	"errors"
	"fmt"
	"reflect"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// Conversion turns an event of one major version into its neighbour.
type Conversion struct {
	from, to protoreflect.FullName
	byName   bool // it needs fields that map
	apply    func(proto.Message) (proto.Message, error)
}

// Conversions is what a package of conversions exports.
type Conversions []Conversion

// step names a conversion.
type step struct{ from, to protoreflect.FullName }

// ByName converts by field name and type. What To lacks is dropped.
func ByName[From, To proto.Message]() Conversion {
	c := Convert(func(from From) (To, error) {
		to := newOf[To]()
		return to, copyByName(from.ProtoReflect(), to.ProtoReflect())
	})
	c.byName = true
	return c
}

// Convert converts by a function, one direction each. The function may not
// change what it is given. An error dead-letters the record with the reason
// conversion_failed.
func Convert[From, To proto.Message](f func(From) (To, error)) Conversion {
	return Conversion{
		from: newOf[From]().ProtoReflect().Descriptor().FullName(),
		to:   newOf[To]().ProtoReflect().Descriptor().FullName(),
		apply: func(m proto.Message) (proto.Message, error) {
			from, ok := m.(From)
			if !ok {
				return nil, fmt.Errorf("the message is a %T", m)
			}
			to, err := f(from)
			if err == nil && !to.ProtoReflect().IsValid() {
				return nil, errors.New("the conversion returned nil")
			}
			return to, err
		},
	}
}

func newOf[M proto.Message]() M {
	var m M
	return m.ProtoReflect().Type().New().Interface().(M)
}

func (r *Registry) addConversion(c Conversion) error {
	a, b := r.byMessage[c.from], r.byMessage[c.to]
	if a == nil || b == nil {
		return fmt.Errorf("%w: conversion from %s to %s: both must be events", ErrContract, c.from, c.to)
	}
	if a.Type != b.Type || a.Topic != b.Topic || a.Major == b.Major {
		return fmt.Errorf("%w: conversion from %s to %s: they are not two majors of one event", ErrContract, c.from, c.to)
	}
	if err := r.checkByName(c, a, b); err != nil {
		return err
	}
	r.convert[step{c.from, c.to}] = c
	return nil
}

func (r *Registry) checkByName(c Conversion, from, to *Contract) error {
	if !c.byName {
		return nil
	}
	if err := r.mapsByName(from, to); err != nil {
		return fmt.Errorf("%w: conversion by name from %s to %s: %w: write it as a function, with event.Convert", ErrContract, c.from, c.to, err)
	}
	return nil
}

// chain lists the conversions from one major of an event to another.
func (r *Registry) chain(from, to *Contract, given map[step]Conversion) ([]Conversion, error) {
	_, family := r.find(from.Topic.Name, from.Type, from.Major)
	var out []Conversion
	at := position(family, from)
	for target := position(family, to); at != target; {
		next := at + 1
		if target < at {
			next = at - 1
		}
		s := step{family[at].Descriptor.FullName(), family[next].Descriptor.FullName()}
		c, ok := given[s]
		if !ok {
			c, ok = r.convert[s]
		}
		if !ok && family[max(at, next)].Options.GetFromPrevious() == eventcontractsv1.Conversion_CONVERSION_BY_NAME {
			c, ok = byName(family[next]), true
		}
		if !ok {
			return nil, fmt.Errorf("%w: no conversion from %s to %s: pass it in Conversions", ErrContract, s.from, s.to)
		}
		if err := r.checkByName(c, family[at], family[next]); err != nil {
			return nil, err
		}
		out = append(out, c)
		at = next
	}
	return out, nil
}

func position(family []*Contract, c *Contract) int {
	for i, k := range family {
		if k == c {
			return i
		}
	}
	return -1
}

// byName is the conversion of a contract that says CONVERSION_BY_NAME.
func byName(to *Contract) Conversion {
	return Conversion{apply: func(m proto.Message) (proto.Message, error) {
		out := to.new()
		return out, copyByName(m.ProtoReflect(), out.ProtoReflect())
	}}
}

// copyByName copies every field that to has under the same name and type.
func copyByName(from, to protoreflect.Message) (err error) {
	from.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		target := to.Descriptor().Fields().ByName(fd.Name())
		if target == nil {
			return true
		}
		if !descriptor.SameShape(fd, target) {
			err = fmt.Errorf("field %q changes its type", fd.Name())
			return false
		}
		err = copyField(to, fd, target, v)
		return err == nil
	})
	return err
}

func copyField(to protoreflect.Message, fd, target protoreflect.FieldDescriptor, v protoreflect.Value) (err error) {
	switch {
	case fd.IsMap():
		m := to.Mutable(target).Map()
		v.Map().Range(func(k protoreflect.MapKey, e protoreflect.Value) bool {
			if e, err = convertValue(e, fd.MapValue(), target.MapValue(), m.NewValue); err == nil {
				m.Set(k, e)
			}
			return err == nil
		})
	case fd.IsList():
		l := to.Mutable(target).List()
		for i := 0; i < v.List().Len() && err == nil; i++ {
			var e protoreflect.Value
			if e, err = convertValue(v.List().Get(i), fd, target, l.NewElement); err == nil {
				l.Append(e)
			}
		}
	default:
		if v, err = convertValue(v, fd, target, func() protoreflect.Value { return to.NewField(target) }); err == nil {
			to.Set(target, v)
		}
	}
	return err
}

// convertValue converts one value: messages by field name and enums by value
// name, since numbers may differ between majors.
func convertValue(v protoreflect.Value, fd, target protoreflect.FieldDescriptor, fresh func() protoreflect.Value) (protoreflect.Value, error) {
	switch {
	case fd.Message() != nil:
		out := fresh()
		return out, copyByName(v.Message(), out.Message())
	case fd.Enum() != nil && fd.Enum().FullName() != target.Enum().FullName():
		name := fd.Enum().Values().ByNumber(v.Enum())
		if name == nil {
			return v, fmt.Errorf("field %q: %s has no value of this number", fd.Name(), fd.Enum().FullName())
		}
		if to := target.Enum().Values().ByName(name.Name()); to != nil {
			return protoreflect.ValueOfEnum(to.Number()), nil
		}
		return v, fmt.Errorf("field %q: %s has no value %s", fd.Name(), target.Enum().FullName(), name.Name())
	default:
		return v, nil
	}
}

// run applies a chain; a conversion that panics has failed.
func run(chain []Conversion, m proto.Message) (out proto.Message, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the conversion panicked (%s)", reflect.TypeOf(p))
		}
	}()
	for _, c := range chain {
		if m, err = c.apply(m); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// redacted is an error whose text may hold values of the payload: it is not
// shown, and errors.Is and errors.As still see the error.
type redacted struct {
	text string
	err  error
}

func (e *redacted) Error() string { return e.text }
func (e *redacted) Unwrap() error { return e.err }

// conversionError is the cause of conversion_failed. The text is that of a
// user's function, which may quote what it was given: it is shown only if
// neither contract has a field that is personal or secret.
func conversionError(err error, from, to *Contract) error {
	if from.sensitive || to.sensitive {
		return &redacted{fmt.Sprintf("the conversion returned an error (%T), whose text is not shown because the event has personal or secret fields", err), err}
	}
	return err
}
