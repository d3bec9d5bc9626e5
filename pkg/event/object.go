package event

import (
	"errors"
	"fmt"
)

const (
	// maxMembers bounds the members of the outermost object: each costs memory.
	maxMembers = 1024

	// fewMembers is what most records have at most. Up to there comparing a new
	// key with all before it is cheaper than a map.
	fewMembers = 20
)

// member is one member of the outermost object, its value unread.
type member struct {
	name       name   // of metadata, or other
	key        []byte // without quotes and escapes
	start, end int    // of key and value in the record
	value      int    // where the value starts
}

// object is the members of a JSON object, in their order, with their values
// unread: most of a record is the payload, which protojson reads again. The first
// ones need no allocation.
type object struct {
	n    int
	has  [numNames]bool
	few  [fewMembers]member
	more []member
	seen map[string]bool // all keys, once there are more than a few
}

func (o *object) at(i int) *member {
	if i < fewMembers {
		return &o.few[i]
	}
	return &o.more[i-fewMembers]
}

// read splits a JSON object. Unlike encoding/json it refuses a key that occurs
// twice, text that is not UTF-8 and lone surrogates, since two readers could
// understand such a record differently.
func (o *object) read(s *scanner) error {
	s.space()
	if !s.take('{') {
		return errors.New("the value is not a JSON object")
	}
	for more := !s.closed('}'); more; {
		m, err := o.add()
		if err != nil {
			return err
		}
		m.start = s.i
		if m.key, err = s.key(); err != nil {
			return err
		}
		m.name, m.value = nameOf(m.key), s.i
		if o.twice(m) {
			return s.fail("a member occurs twice")
		}
		if err := s.value(1); err != nil {
			return err
		}
		m.end = s.i
		if more, err = s.next('}'); err != nil {
			return err
		}
	}
	return s.finish()
}

func (o *object) add() (*member, error) {
	switch {
	case o.n == maxMembers:
		return nil, fmt.Errorf("more than %d members", maxMembers)
	case o.n >= fewMembers:
		o.more = append(o.more, member{})
	}
	o.n++
	return o.at(o.n - 1), nil
}

// twice reports whether the last member's key is that of one before it.
func (o *object) twice(m *member) bool {
	if m.name != other {
		was := o.has[m.name]
		o.has[m.name] = true
		return was
	}
	if o.n <= fewMembers {
		for i := range o.n - 1 {
			if before := &o.few[i]; before.name == other && string(before.key) == string(m.key) {
				return true
			}
		}
		return false
	}
	if o.seen == nil {
		o.seen = make(map[string]bool, 2*fewMembers)
		for i := range fewMembers {
			o.seen[string(o.few[i].key)] = true
		}
	}
	was := o.seen[string(m.key)]
	o.seen[string(m.key)] = true
	return was
}
