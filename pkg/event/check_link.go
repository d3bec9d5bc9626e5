package event

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// goPackage names the Go package that a file is generated into: its go_package
// without the package's name behind the semicolon. A file that lacks it gets one from
// buf's managed mode, which goes by directory.
func goPackage(f protoreflect.FileDescriptor) string {
	options, _ := f.Options().(*descriptorpb.FileOptions)
	if at, _, _ := strings.Cut(options.GetGoPackage(), ";"); at != "" {
		return at
	}
	return f.Path()[:strings.LastIndexByte(f.Path(), '/')+1] + ";" + string(f.Package())
}

// linkable are the files of a registry by the Go package that holds them.
type linkable map[string][]protoreflect.FileDescriptor

// reaches reports whether a program that links the Go package of one file links
// another file too: a Go package comes with all of its files, and imports those of the
// files that they import.
func (l linkable) reaches(from, to protoreflect.FileDescriptor) bool {
	want := goPackage(to)
	seen := map[string]bool{}
	next := []string{goPackage(from)}
	for len(next) > 0 {
		at := next[0]
		next = next[1:]
		if at == want {
			return true
		}
		if seen[at] {
			continue
		}
		seen[at] = true
		for _, f := range l[at] {
			for i := range f.Imports().Len() {
				next = append(next, goPackage(f.Imports().Get(i).FileDescriptor))
			}
		}
	}
	return false
}

// checkLinked refuses an event whose Go package does not bring along the file that
// declares its topic. The program that links all contracts would find the topic; a
// service that links this event alone would not start.
func (c *checker) checkLinked(m protoreflect.MessageDescriptor, t *Topic) {
	d, ok := c.declared[t.Name]
	if !ok || c.files.reaches(m.ParentFile(), d.file) {
		return
	}
	c.add(m, string(m.Name()), fmt.Sprintf("topic %q is declared in %s, which this file does not import: a service that links the event alone would not know the topic", t.Name, d.file.Path()),
		fmt.Sprintf("add import %q", d.file.Path()))
}
