package compat

import (
	"fmt"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// retyped reports a field that has another type, or became a list or a single value. Some
// types are written alike in JSON, and none are in code that was generated from them.
func (w walk) retyped(before, after protoField, path fieldPath) bool {
	was, is := descriptor.TypeName(before), descriptor.TypeName(after)
	if was == is {
		return false
	}
	f := Finding{
		Rule: FieldTypeChanged, Promise: Both, Subject: path.subject(w.pair), Old: at(before), New: at(after),
		Breaks: fmt.Sprintf("the type of %s was %s and is %s: retained records and readers that are deployed have the other one", path, was, is),
		Fix:    fmt.Sprintf("keep %s, and add a field with a name and a number of its own", was),
	}
	if e, _ := w.member(w.oldWriter(), before, path); e != nil {
		f.Evidence = e
		if e, _ := w.member(w.newWriter(), after, path); e != nil {
			f.Evidence.Forward = e.Given
		}
	}
	w.add(f)
	return true
}

// unset compares what readers have for a field that is not set: the default of proto2, or
// of an enum the value that it declares first.
func (w walk) unset(before, after protoField, path fieldPath) {
	was, is := unsetMeans(before), unsetMeans(after)
	if !before.HasPresence() || !after.HasPresence() || sameUnset(before, after) {
		return
	}
	for _, way := range w.ways() {
		writer, _ := sides(way, before, after)
		if !way.writer.mayLack(writer) {
			continue
		}
		f := Finding{
			Rule: DefaultChanged, Promise: way.promise, Subject: path.subject(w.pair), Old: at(before), New: at(after),
			Breaks: fmt.Sprintf("a retained record without %s meant %s and means %s now", path, was, is),
			Fix:    "keep the default, or add a field with the other one", Evidence: w.evidence(Given{path, nil}),
		}
		if way.forward {
			f.Breaks = fmt.Sprintf("a new record without %s means %s, and %s to a reader that is deployed", path, is, was)
		}
		w.add(f)
	}
}
