package event

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"
)

// Reader reads records for a closed set of message types, each converted to
// the major of its type. All that can be found out about them is found out when
// it is made: a program learns at its start that a conversion is missing, and not
// from a record. It is safe for concurrent use.
type Reader struct {
	registry *Registry
	routes   map[wireName]map[int]route // by the record's major
}

// route is what happens to a record of one contract.
type route struct {
	target *Contract
	chain  []Conversion
}

// NewReader makes a reader of linked messages. See [Registry.NewReader].
func NewReader(targets []proto.Message, conversions ...Conversion) (*Reader, error) {
	return Linked().NewReader(targets, conversions...)
}

// NewReader makes a reader of the targets' contracts. Records of every other
// major of them are converted along the chain of conversions. A chain that is
// incomplete is an error, for a later major that the program links too: nothing is held
// for what is known. All problems are joined, and match [ErrContract].
// Only the types of targets count; nil pointers will do.
func (r *Registry) NewReader(targets []proto.Message, conversions ...Conversion) (*Reader, error) {
	rd := &Reader{registry: r, routes: map[wireName]map[int]route{}}
	given := map[step]Conversion{}
	for _, c := range conversions {
		given[step{c.from, c.to}] = c
	}
	var errs []error
	for _, msg := range targets {
		c, err := r.ContractOf(msg)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		w := wireName{c.Topic.Name, c.Type}
		if rd.routes[w] != nil {
			errs = append(errs, fmt.Errorf("%w: two targets read %s", ErrContract, c.Type))
			continue
		}
		if err := c.codec.warm(); err != nil {
			errs = append(errs, fmt.Errorf("%w: rules of %s: %w", ErrContract, c.Descriptor.FullName(), err))
		}
		rd.routes[w] = map[int]route{}
		for _, from := range r.byWire[w] {
			chain, err := r.chain(from, c, given)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			rd.routes[w][from.Major] = route{target: c, chain: chain}
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return rd, nil
}

// Read reads one record of the topic rec.Topic, which for a dead letter or a
// redriven record is the topic it came from. The message is of the target's
// type. Errors are of type *[Error]; a type that no target handles has the
// reason [ReasonUnknownType].
func (rd *Reader) Read(rec Record) (Metadata, proto.Message, error) {
	var p onePass
	switch ok := p.read(rd.registry, rec, rd.way); {
	case ok && p.over:
		return p.md, nil, unhandled(p.format, p.md)
	case ok:
		return p.md, p.msg, nil
	}
	h := head{wire: wire{came: p.came}}
	err := rd.registry.head(rec, &h)
	routes, handled := rd.routes[wireName{rec.Topic, h.md.Type}]
	switch {
	// A major that nobody knows, of a type that nobody handles, is only skipped, and so
	// is a CloudEvent that lacks what its own readers may not need.
	case err != nil && (handled || ReasonOf(err) != ReasonUnsupportedVersion && !h.foreign(handled)):
		return h.md, nil, err
	case !handled:
		return h.md, nil, unhandled(h.wire.format, h.md)
	}
	// The registry knows the major, and has no way from it to the target's.
	way, ok := routes[h.version.major]
	if !ok {
		e := h.fail(ReasonUnsupportedVersion, fmt.Errorf("no conversion from major %d", h.version.major))
		e.Major = h.version.major
		return h.md, nil, e
	}
	msg, err := h.payload(way)
	return h.md, msg, err
}

// unhandled is what is said of a record of a type that no target handles.
func unhandled(f Format, md Metadata) *Error {
	return &Error{Reason: ReasonUnknownType, Format: f, Metadata: md, Err: errUnhandled}
}

var errUnhandled = errors.New("no handler reads it")

// direction is what is done with a record of a contract.
type direction uint8

const (
	decoded   direction = iota // and handled as it is
	converted                  // and then handled, or refused
	passed                     // it is of a type that no target handles
)

// way is what is done with records of c.
func (rd *Reader) way(c *Contract) direction {
	majors, handled := rd.routes[wireName{c.Topic.Name, c.Type}]
	switch way, ok := majors[c.Major]; {
	case !handled:
		return passed
	case ok && len(way.chain) == 0:
		return decoded
	}
	return converted
}

// payload reads the payload of a record and takes it along its way: decoded as
// the contract that it was written with, converted, validated as the target.
func (h *head) payload(way route) (proto.Message, error) {
	msg, err := h.wire.decode(h.contract.codec)
	if err != nil {
		return nil, h.fail(ReasonUndecodable, err)
	}
	if len(way.chain) > 0 {
		if msg, err = run(way.chain, msg); err != nil {
			return nil, h.fail(ReasonConversionFailed, conversionError(err, h.contract, way.target))
		}
		// The conversion may have left fields absent that have a default only now.
		way.target.codec.defaults.set(msg.ProtoReflect())
	}
	if err := way.target.codec.accept(msg); err != nil {
		e := h.fail(ReasonInvalid, err)
		e.Violations = violationsOf(err)
		return nil, e
	}
	return msg, nil
}
