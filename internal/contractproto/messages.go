package contractproto

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// Messages are the messages that a field of an event in a package can hold, by the
// names that a spec may have for them, with the import path of the file that
// declares each: the full name and, in the same package, the name without it. The
// keys are what [spec.Options] needs, the values what [FieldOptions] does.
func Messages(files *protoregistry.Files, pkg protoreflect.FullName) map[string]string {
	out := map[string]string{}
	var add func(protoreflect.MessageDescriptors)
	add = func(all protoreflect.MessageDescriptors) {
		for i := range all.Len() {
			m := all.Get(i)
			if m.IsMapEntry() {
				continue
			}
			file := m.ParentFile()
			out[string(m.FullName())] = file.Path()
			if file.Package() == pkg {
				out[strings.TrimPrefix(string(m.FullName()), string(pkg)+".")] = file.Path()
			}
			add(m.Messages())
		}
	}
	files.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		add(f.Messages())
		return true
	})
	return out
}
