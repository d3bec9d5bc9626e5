package compat

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// names finds what one side writes as one field and the other reads as another: payloads
// have the names of fields, and readers take JSON names too.
func (w walk) names(old, new protoreflect.MessageDescriptor, path fieldPath) {
	for _, way := range w.ways() {
		writer, reader := sides(way, old, new)
		for i := range writer.Fields().Len() {
			from := writer.Fields().Get(i)
			to := descriptor.Named(reader, from.TextName())
			if to == nil || to.Name() == from.Name() {
				continue
			}
			here := path.then(from.Name())
			evidence, never := w.member(way.writer, from, here)
			if never {
				continue
			}
			f := Finding{Rule: FieldReused, Promise: way.promise, Subject: here.subject(w.pair), Old: at(from), New: at(to), Evidence: evidence}
			who := "today's reader"
			if way.forward {
				f.Old, f.New = at(to), at(from)
				who = "a reader that is deployed"
			}
			f.Breaks = fmt.Sprintf("what is written as %s is read as %s by %s, of which it is the name in JSON", here, to.Name(), who)
			f.Fix = "give neither field a name in JSON that is or was another field's"
			w.add(f)
		}
	}
}

// unreserved reports that a deleted field's number or name may be another field's later.
func (w walk) unreserved(before protoField, new protoreflect.MessageDescriptor, path fieldPath) {
	var free []string
	if !new.ReservedRanges().Has(before.Number()) && new.Fields().ByNumber(before.Number()) == nil {
		free = append(free, fmt.Sprintf("reserved %d;", before.Number()))
	}
	if !new.ReservedNames().Has(before.Name()) {
		free = append(free, fmt.Sprintf("reserved %q;", before.Name()))
	}
	if len(free) == 0 {
		return
	}
	w.add(Finding{
		Rule: FieldNotReserved, Promise: Both, Subject: path.subject(w.pair), Old: at(before), New: at(new),
		Breaks: fmt.Sprintf("%s is deleted, and a later field of its name or number would read retained records wrongly", path),
		Fix:    fmt.Sprintf("write %s in %s", strings.Join(free, " and "), new.Name()),
	})
}

// reservations finds what was reserved for fields that were deleted and is not any more.
func (w walk) reservations(old, new protoreflect.MessageDescriptor, path fieldPath) {
	var free []string
	taken := func(fd protoField, what string) {
		w.add(Finding{
			Rule: FieldReused, Promise: Both, Subject: path.then(fd.Name()).subject(w.pair), Old: at(old), New: at(fd),
			Breaks: fmt.Sprintf("%s was reserved for a field that was deleted, and is %s now, as which its records are read", what, path.then(fd.Name())),
			Fix:    fmt.Sprintf("write reserved %s; again, and give %s another", what, fd.Name()),
		})
	}
	for i := range old.ReservedNames().Len() {
		name := old.ReservedNames().Get(i)
		switch fd := new.Fields().ByName(name); {
		case fd != nil:
			taken(fd, fmt.Sprintf("%q", name))
		case !new.ReservedNames().Has(name):
			free = append(free, fmt.Sprintf("reserved %q;", name))
		}
	}
	for i := range new.Fields().Len() {
		fd := new.Fields().Get(i)
		if old.ReservedRanges().Has(fd.Number()) && !old.ReservedNames().Has(fd.Name()) && old.Fields().ByName(fd.Name()) == nil {
			taken(fd, fmt.Sprint(fd.Number()))
		}
	}
	for i := range old.ReservedRanges().Len() {
		if n, ok := uncovered(old.ReservedRanges().Get(i), new); ok {
			free = append(free, fmt.Sprintf("reserved %d;", n))
		}
	}
	if len(free) == 0 {
		return
	}
	subject := string(w.after.message.FullName())
	if len(path) > 0 {
		subject = path.subject(w.pair)
	}
	w.add(Finding{
		Rule: FieldNotReserved, Promise: Both, Subject: subject, Old: at(old), New: at(new),
		Breaks: fmt.Sprintf("what was reserved in %s for fields that were deleted is free, and a later field would read retained records wrongly", new.Name()),
		Fix:    fmt.Sprintf("write %s again", strings.Join(free, " and ")),
	})
}

// uncovered is the first number of a range that a message neither reserves nor has a
// field of. The range's end is not part of it.
func uncovered(r [2]protoreflect.FieldNumber, m protoreflect.MessageDescriptor) (protoreflect.FieldNumber, bool) {
next:
	for n := r[0]; n < r[1]; {
		if m.Fields().ByNumber(n) != nil {
			n++
			continue
		}
		for i := range m.ReservedRanges().Len() {
			if c := m.ReservedRanges().Get(i); c[0] <= n && n < c[1] {
				n = c[1]
				continue next
			}
		}
		return n, true
	}
	return 0, false
}
