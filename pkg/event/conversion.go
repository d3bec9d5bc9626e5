package event

import (
	"errors"
	"fmt"
	"reflect"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/internal/disclosure"
)

// Conversion turns an event of one major version into its neighbour: between
// majors that are further apart, conversions are chained. Make one with [ByName]
// or [Convert].
type Conversion struct {
	from, to protoreflect.FullName
	byName   bool // it needs fields that map
	apply    func(proto.Message) (proto.Message, error)
}

// Conversions is what a package of conversions exports, one for each direction:
// up for readers that are deployed before producers switch, down for those that
// come after.
type Conversions []Conversion

// step names a conversion.
type step struct{ from, to protoreflect.FullName }

// ByName converts by field name and type; enums by value name, messages field by
// field. What To lacks is dropped. That the majors map is checked when a registry
// or a reader is made of the conversion. A contract that says CONVERSION_BY_NAME
// needs none, where both majors are linked.
func ByName[From, To proto.Message]() Conversion {
	c := Convert(func(from From) (To, error) {
		to := newOf[To]()
		return to, copyByName(from.ProtoReflect(), to.ProtoReflect())
	})
	c.byName = true
	return c
}

// Convert converts by a function, one direction each. The function may not
// change what it is given, and may run on many goroutines. If it returns an
// error, panics or returns nil, reading fails with [ReasonConversionFailed],
// and a consumer dead-letters the record. Of its error only the type and what is
// [Public] are shown if the event has personal or secret fields.
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

// newOf makes a message of a type parameter, whose zero value is a nil pointer.
func newOf[M proto.Message]() M {
	var m M
	return m.ProtoReflect().Type().New().Interface().(M)
}

// addConversion keeps a conversion for every reader of the registry.
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

// chain lists the conversions from one major of an event to another, through
// every major between them. What the caller gives comes before what the registry
// was made with, and both before what the contracts say.
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
		// The newer of the two says how they convert, in both directions.
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

// run applies a chain. A conversion that panics has failed: one record must not
// end the consumer. The panic's value may quote the payload, so its type is told.
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

// conversionError is the cause of conversion_failed. The text is that of a
// user's function, which may quote what it was given: it is shown only if
// neither contract has a field that is personal or secret, or if it is public.
func conversionError(err error, from, to *Contract) error {
	if from.sensitive || to.sensitive {
		return &redacted{"the conversion returned an error: " + disclosure.ErrorText(err), err}
	}
	return err
}
