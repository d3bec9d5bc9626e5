package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

var (
	// protojsonAt is the place in the text of protojson's errors: a line, and a
	// character of it, both from 1.
	protojsonAt = regexp.MustCompile(`\(line ([0-9]+):([0-9]+)\)`)

	// protojsonUnset is its error for a required field of proto2.
	protojsonUnset = regexp.MustCompile(`required field ([\w.]+) not set`)
)

// parseError says what could not be read. The text of protojson's errors quotes the
// payload, and has names of JSON: no more than the place is taken over, which is then
// told by the contract's names.
func (c *codec) parseError(err error, raw []byte) error {
	what := "the payload is not the JSON of " + string(c.descriptor().FullName())
	if len(raw) > maxHint { // the text may be as long as the payload
		return errors.New(what)
	}
	text := err.Error()
	if m := protojsonUnset.FindStringSubmatch(text); m != nil {
		unset := func(fd protoreflect.FieldDescriptor) bool { return string(fd.FullName()) == m[1] }
		if descriptor.Reaches(c.descriptor(), unset) {
			return fmt.Errorf("%s: required field %s is missing", what, m[1])
		}
	}
	if offset, ok := offsetIn(raw, text); ok {
		p := placer{dec: json.NewDecoder(bytes.NewReader(raw)), until: offset}
		p.dec.UseNumber()
		if p.message(c.descriptor()); p.path != "" {
			return fmt.Errorf("%s, field %s", what, cutText(p.path, maxPath))
		}
	}
	return errors.New(what)
}

// offsetIn is where in raw an error of protojson says that something is wrong.
func offsetIn(raw []byte, text string) (int64, bool) {
	m := protojsonAt.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	line, _ := strconv.Atoi(m[1])
	column, _ := strconv.Atoi(m[2])
	offset := 0
	for ; line > 1; line-- {
		i := bytes.IndexByte(raw[offset:], '\n')
		if i < 0 {
			return 0, false
		}
		offset += i + 1
	}
	for ; column > 1 && offset < len(raw); column-- {
		_, size := utf8.DecodeRune(raw[offset:])
		offset += size
	}
	return int64(offset), true
}

// placer goes through JSON until it is at a place, and keeps the path of fields there.
type placer struct {
	dec   *json.Decoder
	until int64
	path  string
	found bool
}

// next is the next token; false at the place, and where the JSON ends.
func (p *placer) next() (json.Token, bool) {
	t, err := p.dec.Token()
	if err != nil || p.dec.InputOffset() > p.until {
		p.found = true
	}
	return t, !p.found
}

// message goes through an object whose members are fields of m.
func (p *placer) message(m protoreflect.MessageDescriptor) {
	if t, ok := p.next(); !ok || t != json.Delim('{') {
		p.rest(t, ok)
		return
	}
	around := p.path
	for p.dec.More() {
		key, ok := p.next()
		name, _ := key.(string)
		fd := m.Fields().ByName(protoreflect.Name(name))
		if fd == nil {
			fd = m.Fields().ByJSONName(name)
		}
		if fd != nil {
			p.path = around
			if around != "" {
				p.path += "."
			}
			p.path += string(fd.Name())
		}
		if !ok {
			return
		}
		if p.field(fd); p.found {
			return
		}
		p.path = around
	}
	p.next()
}

// field goes through the value of a field; nil is one that nobody knows.
func (p *placer) field(fd protoreflect.FieldDescriptor) {
	if fd == nil || !fd.IsList() && !fd.IsMap() {
		p.value(fd)
		return
	}
	t, ok := p.next()
	if !ok || t != json.Delim('[') && t != json.Delim('{') {
		p.rest(t, ok)
		return
	}
	around := p.path
	for i := 0; p.dec.More(); i++ {
		p.path = fmt.Sprintf("%s[%d]", around, i)
		value := fd
		if fd.IsMap() { // its keys are values of the payload
			p.path, value = around+"[*]", fd.MapValue()
			if _, ok := p.next(); !ok {
				return
			}
		}
		if p.value(value); p.found {
			return
		}
	}
	p.path = around
	p.next()
}

// value goes through one value. What a well-known type has in it are no fields.
func (p *placer) value(fd protoreflect.FieldDescriptor) {
	if fd != nil && fd.Message() != nil && fd.Message().ParentFile().Package() != "google.protobuf" {
		p.message(fd.Message())
		return
	}
	t, ok := p.next()
	p.rest(t, ok)
}

// rest goes through what is left of a value that has begun with a token.
func (p *placer) rest(t json.Token, ok bool) {
	depth := 0
	for ; ok; t, ok = p.next() {
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return
		}
	}
}
