package main

import (
	"fmt"

	"buf.build/go/bufplugin/check"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/eventcontracts/eventcontracts/internal/compat"
)

// write gives buf the findings of one rule.
func (r *result) write(w check.ResponseWriter, rule compat.Rule) error {
	for _, f := range r.findings[rule.ID] {
		text := f.Breaks + ": " + f.Fix
		if f.Event != "" {
			text = f.Event + ": " + text
			if f.Version != "" {
				text = f.Event + " " + f.Version + ": " + f.Breaks + ": " + f.Fix
			}
		}
		if !rule.IsLint() {
			text += " (" + string(f.Promise) + ")"
		}
		if f.New.File == "" && f.Old.File != "" { // buf shows no place for what is gone
			text = fmt.Sprintf("%s:%d in the old state: %s", f.Old.File, f.Old.Line, text)
		}
		options := []check.AddAnnotationOption{check.WithMessage(text)}
		if f.New.File != "" {
			options = append(options, check.WithFileNameAndSourcePath(f.New.File, pathOf(r.files, f.New)))
		}
		if f.Old.File != "" && r.against != nil {
			options = append(options, check.WithAgainstFileNameAndSourcePath(f.Old.File, pathOf(r.against, f.Old)))
		}
		w.AddAnnotation(options...)
	}
	return nil
}

// pathOf is the source path of what begins in a line, by which buf knows places; nil if
// there is none.
func pathOf(files *protoregistry.Files, at compat.Position) protoreflect.SourcePath {
	f, err := files.FindFileByPath(at.File)
	if err != nil || at.Line == 0 {
		return nil
	}
	for i := range f.SourceLocations().Len() {
		if l := f.SourceLocations().Get(i); l.StartLine+1 == at.Line && len(l.Path) > 0 {
			return l.Path
		}
	}
	return nil
}
