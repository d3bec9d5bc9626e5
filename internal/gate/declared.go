package gate

import (
	"cmp"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// declared is the innermost declaration around a place of a file, as buf counts lines and
// columns, from 1; nil if there is none.
func declared(l *loaded, file string, line, column int) protoreflect.Descriptor {
	f, err := l.files.FindFileByPath(file)
	if err != nil {
		return nil
	}
	var found protoreflect.Descriptor
	look := func(d protoreflect.Descriptor) bool {
		at := f.SourceLocations().ByDescriptor(d)
		begins := cmp.Or(cmp.Compare(at.StartLine+1, line), cmp.Compare(at.StartColumn+1, column))
		ends := cmp.Or(cmp.Compare(at.EndLine+1, line), cmp.Compare(at.EndColumn+1, column))
		if at.Path == nil || begins > 0 || ends < 0 {
			return false
		}
		found = d
		return true
	}
	enums := func(es protoreflect.EnumDescriptors) {
		for i := range es.Len() {
			if e := es.Get(i); look(e) {
				for j := range e.Values().Len() {
					look(e.Values().Get(j))
				}
			}
		}
	}
	var messages func(protoreflect.MessageDescriptors)
	messages = func(ms protoreflect.MessageDescriptors) {
		for i := range ms.Len() {
			m := ms.Get(i)
			if !look(m) {
				continue
			}
			for j := range m.Oneofs().Len() {
				if !m.Oneofs().Get(j).IsSynthetic() {
					look(m.Oneofs().Get(j))
				}
			}
			for j := range m.Fields().Len() {
				look(m.Fields().Get(j))
			}
			enums(m.Enums())
			messages(m.Messages())
		}
	}
	messages(f.Messages())
	enums(f.Enums())
	return found
}
