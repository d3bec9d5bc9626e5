package event

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// look looks over the finished JSON of a payload, along its shape, before protojson
// reads it and after it was written: writers refuse with it what readers would refuse.
// It bounds depth and memory, refuses values that protojson would drop or change in
// silence, and names the place of what it refuses; it makes no message. What is not
// JSON of the shape passes through, and protojson refuses it.
//
// It is one pass, but for an Any, whose type may be named behind what it is the type of:
// each level of Anys is one more, and is charged for it.
type look struct {
	scanner
	shapes *shapes
	writer protoreflect.FileDescriptor // of the contract that is written with; nil for a reader
	utc    bool                        // a time without a zone is in UTC
	memory int                         // estimated so far, in bytes
	most   int                         // that it may be
	edits  []edit                      // that protojson needs
}

// edit replaces a part of the JSON.
type edit struct {
	start, end int
	text       string
}

// payload looks over a payload; in the flat format over the record's object, metadata
// and all, whose members are one level higher than those of an object in it.
func (l *look) payload(of *shape, flat bool) error {
	l.most = memoryLeast + memoryPerByte*len(l.b)
	l.space()
	if l.i == len(l.b) || l.b[l.i] != '{' {
		return errors.New("the payload is not a JSON object")
	}
	depth := 1
	if flat {
		depth = 0
	}
	if err := l.object(of, depth, flat); err != nil {
		return err
	}
	return l.finish()
}

// charge counts what protojson will allocate.
func (l *look) charge(bytes int) error {
	if l.memory += bytes; l.memory > l.most {
		return tooLarge{l.most, len(l.b)}
	}
	return nil
}

// tooLarge is a payload of too many values, which no place of it is to blame for.
type tooLarge struct{ most, size int }

func (e tooLarge) Error() string {
	return fmt.Sprintf("the payload would take more than %d MiB of memory, the most for its %d bytes: split the event", e.most>>20, e.size)
}

// value looks over one value. As [scanner.value] it counts levels from the outermost.
func (l *look) value(of *shape, depth int) error {
	if depth > maxDepth || l.i == len(l.b) {
		return l.scanner.value(depth) // which says so
	}
	if of.wrapped {
		if err := l.charge(messageMemory); err != nil {
			return err
		}
	}
	c, start := l.b[l.i], l.i
	switch {
	case of.kind == shapeObject && c == '{':
		return l.object(of, depth, false)
	case of.kind == shapeDynamic:
		return l.dynamic(of, depth)
	case of.kind == shapeAny && c == '{':
		return l.any(depth)
	case of.kind == shapeTime && c == '"':
		return l.time(depth)
	}
	if err := l.scanner.value(depth); err != nil {
		return err
	}
	if c != '"' {
		return nil
	}
	raw := l.b[start:l.i]
	switch of.kind {
	case shapeEnum:
		name, err := text(raw)
		if err == nil && of.enum.Values().ByName(protoreflect.Name(name)) == nil {
			return fmt.Errorf("its value is not one of %s, as far as this program knows it", of.enum.FullName())
		}
		return err
	case shapeMask:
		paths := 1
		for _, c := range raw {
			if c == ',' {
				paths++
			}
		}
		return l.charge(messageMemory + paths*elementMemory)
	case shapeText:
		return nil
	}
	return l.short(raw)
}

// short refuses a long text where none can be: protojson would quote it several times
// over in its error.
func (l *look) short(raw []byte) error {
	if raw[0] == '"' && len(raw) > maxScalar {
		return fmt.Errorf("it holds a text of more than %d characters", maxScalar)
	}
	return nil
}

// object looks over a message.
func (l *look) object(of *shape, depth int, flat bool) error {
	if err := l.charge(messageMemory); err != nil {
		return err
	}
	// The checker refuses such a contract; it does not see what an Any holds.
	if of.twice && l.writer != nil {
		return fmt.Errorf("a name means two fields of %s in JSON: give one of them another json_name", of.message.FullName())
	}
	l.i++
	members := 0
	for more := !l.closed('}'); more; members++ {
		key, err := l.key()
		if err != nil {
			return err
		}
		if flat && isMetadata(nameOf(key)) {
			if err := l.scanner.value(depth + 1); err != nil {
				return err
			}
		} else if err := l.member(of, key, depth+1); err != nil {
			return err
		}
		if more, err = l.next('}'); err != nil {
			return err
		}
	}
	if flat && members > maxMembers {
		return fmt.Errorf("more than %d members", maxMembers)
	}
	return nil
}

// member looks over a field, or whatever a name means that is not one.
func (l *look) member(of *shape, key []byte, depth int) error {
	f := of.fields[string(key)]
	if f == nil && descriptor.IsExtensionName(string(key)) {
		var err error
		if f, err = l.extension(of, string(key[1:len(key)-1])); err != nil {
			return err
		}
	}
	if f == nil {
		return l.scanner.value(depth)
	}
	return at(f.name, l.field(f, depth))
}

// extension is the field that an extension's name means; nil if nobody knows it.
func (l *look) extension(of *shape, name string) (*shapeField, error) {
	x, err := l.shapes.types.FindExtensionByName(protoreflect.FullName(name))
	if err != nil || x.TypeDescriptor().ContainingMessage().FullName() != of.message.FullName() {
		return nil, nil //nolint:nilerr // it is an unknown field, or protojson refuses it
	}
	if l.writer != nil && !descriptor.Imported(l.writer, x.TypeDescriptor().ParentFile()) {
		return nil, fmt.Errorf("the extension %s is declared in %s, which readers of the contract need not have: import it in the contract's file, or move it into its package",
			name, x.TypeDescriptor().ParentFile().Path())
	}
	return l.shapes.extension(x.TypeDescriptor()), nil
}

// field looks over the value of a field, one, several or a map of them.
func (l *look) field(f *shapeField, depth int) error {
	if err := l.charge(fieldMemory); err != nil {
		return err
	}
	if l.i == len(l.b) || l.b[l.i] == 'n' && !f.takesNull {
		return l.scanner.value(depth)
	}
	switch c := l.b[l.i]; {
	case f.list && c == '[':
		return l.list(f.of, depth)
	case f.key != 0 && c == '{':
		return l.entries(f, depth)
	case f.list || f.key != 0: // protojson refuses it
		start := l.i
		if err := l.scanner.value(depth); err != nil {
			return err
		}
		return l.short(l.b[start:l.i])
	}
	return l.value(f.of, depth)
}

// list looks over the elements of a list.
func (l *look) list(of *shape, depth int) error {
	if depth > maxDepth {
		return l.scanner.value(depth)
	}
	l.i++
	i := 0
	for more := !l.closed(']'); more; i++ {
		err := l.charge(elementMemory)
		if err == nil {
			err = l.value(of, depth+1)
		}
		if err != nil {
			return at("["+strconv.Itoa(i)+"]", err)
		}
		if more, err = l.next(']'); err != nil {
			return err
		}
	}
	return nil
}

// entries looks over a map. Its keys are values of the payload: none is told.
func (l *look) entries(f *shapeField, depth int) error {
	if depth > maxDepth {
		return l.scanner.value(depth)
	}
	l.i++
	for more := !l.closed('}'); more; {
		key, err := l.key()
		if err == nil && f.key != protoreflect.StringKind && len(key) > maxScalar {
			err = fmt.Errorf("its key has more than %d characters", maxScalar)
		}
		if err == nil {
			err = l.charge(entryMemory)
		}
		if err == nil {
			err = l.value(f.of, depth+1)
		}
		if err != nil {
			return at("[*]", err)
		}
		if more, err = l.next('}'); err != nil {
			return err
		}
	}
	return nil
}

// dynamic looks over any JSON, of a Struct, a Value or a ListValue.
func (l *look) dynamic(of *shape, depth int) error {
	if depth > maxDepth || l.i == len(l.b) {
		return l.scanner.value(depth) // which says so
	}
	if err := l.charge(dynamicMemory); err != nil {
		return err
	}
	start := l.i
	switch c := l.b[l.i]; {
	case c == '{':
		return l.entries(&shapeField{key: protoreflect.StringKind, of: anyJSON}, depth)
	case c == '[':
		return l.list(anyJSON, depth)
	default:
		if err := l.scanner.value(depth); err != nil {
			return err
		}
		if number := c == '-' || c >= '0' && c <= '9'; number && !exact(l.b[start:l.i]) {
			return errors.New("a whole number beyond 2^53, which a number of google.protobuf.Value would round: give it as a text")
		}
		if of.message != nil && of.message.Name() != "Value" {
			return l.short(l.b[start:l.i])
		}
		return nil
	}
}

var anyJSON = &shape{kind: shapeDynamic}

// any looks over an Any, whose members are "@type" and those of the message, or the
// message as "value" if it has a JSON of its own.
func (l *look) any(depth int) error {
	ahead := scanner{b: l.b, i: l.i + 1}
	var url []byte
	members := 0
	for more := !ahead.closed('}'); more; members++ {
		key, err := ahead.key()
		if err != nil {
			return err
		}
		start := ahead.i
		if err := ahead.value(depth + 1); err != nil {
			return err
		}
		if string(key) == "@type" {
			url = l.b[start:ahead.i]
		}
		if more, err = ahead.next('}'); err != nil {
			return err
		}
	}
	if err := l.charge(messageMemory + anyPerByte*(ahead.i-l.i)); err != nil {
		return err
	}
	if members == 0 {
		l.i = ahead.i
		return nil
	}
	name, err := text(url)
	if err != nil {
		return errors.New(`an Any without the text "@type"`)
	}
	t, err := l.shapes.types.FindMessageByURL(name)
	switch {
	case err != nil && l.writer == nil:
		return errors.New("the type of an Any is none of the contracts'")
	case err != nil:
		return fmt.Errorf("the type %.100q of an Any is none of the contracts'", name)
	case l.writer != nil && !descriptor.WellKnown(t.Descriptor()) && !descriptor.Imported(l.writer, t.Descriptor().ParentFile()):
		return fmt.Errorf("the type %s of an Any is declared in %s, which readers of the contract need not have: import it in the contract's file, or move it into its package",
			t.Descriptor().FullName(), t.Descriptor().ParentFile().Path())
	}
	of := l.shapes.of(t.Descriptor())
	if of.kind != shapeObject {
		of = &shape{kind: shapeObject, message: of.message, fields: map[string]*shapeField{
			"value": {name: "value", of: of, takesNull: of.kind == shapeDynamic},
		}}
	}
	return l.object(of, depth, false)
}

// time looks over a time, and has it written as protojson reads it.
func (l *look) time(depth int) error {
	if err := l.charge(messageMemory); err != nil {
		return err
	}
	start := l.i
	if err := l.scanner.value(depth); err != nil {
		return err
	}
	s, err := text(l.b[start:l.i])
	if err != nil {
		return err
	}
	t, form := readTime(s, l.utc)
	switch {
	case form == noTime:
		return errors.New("it is not an RFC 3339 time")
	case form == cutTime:
		return errors.New("a time with more than nine digits of a second")
	case form != ownTime:
		l.edits = append(l.edits, edit{start, l.i, `"` + t.Format(time.RFC3339Nano) + `"`})
	}
	return nil
}

// misplaced is an error with the place of a value that it is about.
type misplaced struct {
	path string
	err  error
}

func (e *misplaced) Error() string { return "field " + cutText(e.path, maxPath) + ": " + e.err.Error() }
func (e *misplaced) Unwrap() error { return e.err }

// at puts a step before the place of an error: the name of a field, or an index.
func at(step string, err error) error {
	if err == nil {
		return nil
	}
	if large := (tooLarge{}); errors.As(err, &large) {
		return err
	}
	inner, ok := err.(*misplaced) //nolint:errorlint // it is not wrapped here
	switch {
	case !ok:
		return &misplaced{step, err}
	case inner.path[0] == '[':
		inner.path = step + inner.path
	default:
		inner.path = step + "." + inner.path
	}
	return inner
}
