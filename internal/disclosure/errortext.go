package disclosure

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// maxErrors bounds how many errors of a tree are looked at: an error may unwrap to
// itself. maxType and maxText bound what is shown of one, in bytes.
const (
	maxErrors = 64
	maxType   = 128
	maxText   = 4 << 10
)

// Withheld is what is shown beside an error's type if nothing of its text is public.
const Withheld = "its text is not shown: the event may have personal or secret values"

// Public is err with the promise that its text may be seen wherever the error is. It
// is nil if err is nil.
func Public(err error) error {
	if err == nil {
		return nil
	}
	return &public{err}
}

type public struct{ err error }

func (p *public) Error() string { return p.err.Error() }
func (p *public) Unwrap() error { return p.err }

// WholeText is an error's text as it is shown where nothing of it is to be hidden: in
// UTF-8, and no longer than anybody reads. A handler may quote a record of any size.
func WholeText(err error) string {
	return strings.ToValidUTF8(cut(fmt.Sprint(err), maxText), "\ufffd") // fmt guards Error
}

// ErrorText is what may be seen of an error of code that has seen personal or secret
// values: the Go types of the error and of what it wraps, and the texts that are
// public. Values are not looked for in its text, because a value has more spellings
// than anybody can list. The cost depends on the number of wrapped errors alone, of
// which at most 64 are looked at.
func ErrorText(err error) string {
	w := walk{}
	w.visit(err)
	types, texts := strings.Join(w.types, " > "), strings.Join(w.texts, "; ")
	switch {
	case texts == "":
		if types == "" && err != nil { // made by fmt and errors alone
			types = w.inner
		}
		return types + " (" + Withheld + ")"
	case types == "":
		return cut(texts, maxText)
	default:
		return cut(types+": "+texts, maxText)
	}
}

type walk struct {
	seen  int
	inner string // the type of the first error that wraps no other
	types []string
	texts []string
}

// visit goes from the outside to the inside, and in the order of what was joined.
func (w *walk) visit(err error) {
	if err == nil || w.seen >= maxErrors {
		return
	}
	w.seen++
	if p, ok := err.(*public); ok { //nolint:errorlint // each error of the tree is looked at by itself
		w.texts = append(w.texts, WholeText(p.err))
		w.typesOf(p.err)
		return
	}
	w.add(err)
	switch u := err.(type) { //nolint:errorlint // likewise
	case interface{ Unwrap() error }:
		w.visit(u.Unwrap())
	case interface{ Unwrap() []error }:
		for _, e := range u.Unwrap() {
			w.visit(e)
		}
	}
	if w.inner == "" {
		w.inner = typeName(err)
	}
}

// typesOf adds the types of an error whose text is known as a whole.
func (w *walk) typesOf(err error) {
	for ; err != nil && w.seen < maxErrors; err = errors.Unwrap(err) {
		w.seen++
		if _, ok := err.(*public); !ok { //nolint:errorlint // likewise
			w.add(err)
		}
	}
}

// add leaves out the types that say nothing: what fmt and errors make of a text, and
// this module's own, such as eventbus.Permanent's, whose meaning is told otherwise.
func (w *walk) add(err error) {
	t := reflect.TypeOf(err)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch pkg := t.PkgPath(); {
	case pkg == "errors", pkg == "fmt", strings.HasPrefix(pkg, module):
		return
	}
	name := typeName(err)
	if len(w.types) < maxTypes && (len(w.types) == 0 || w.types[len(w.types)-1] != name) {
		w.types = append(w.types, name)
	}
}

// maxTypes bounds the types that are shown.
const maxTypes = 8

// module is where the types are that say nothing.
var module = strings.TrimSuffix(reflect.TypeFor[public]().PkgPath(), "/internal/disclosure") + "/pkg/event"

func typeName(v any) string { return cut(fmt.Sprintf("%T", v), maxType) }

// cut is s, or what fits of it into n bytes without a part of a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
