package gocodec

import (
	"bytes"
	"cmp"
	"fmt"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"google.golang.org/protobuf/compiler/protogen"
)

// variables are the names of those in generated functions, which hide what else has such a
// name: no package may be imported by one of them. For the imports that protogen makes they
// are free.
var variables = []string{"d", "e", "m", "mark", "more", "name", "seen", "v"}

// body is what is written of a file, before it is known what the file imports.
type body struct {
	bytes.Buffer
	path  protogen.GoImportPath // of the file's package
	names map[protogen.GoImportPath]string
	used  map[string]bool
}

// newBody is one of a file with messages that have codecs.
func newBody(own protogen.GoImportPath, all []*protogen.Message) *body {
	b := &body{path: own, names: map[protogen.GoImportPath]string{}, used: map[string]bool{}}
	for _, name := range append(types.Universe.Names(), variables...) {
		b.used[name] = true
	}
	for _, m := range all {
		b.used[m.GoIdent.GoName] = true
		for _, prefix := range []string{"append", "codec", "key", "parse", "valid"} {
			b.used[function(prefix, m)] = true
		}
	}
	return b
}

// P writes a line.
func (b *body) P(parts ...any) { fmt.Fprintln(b, fmt.Sprint(texts(parts)...)) }

// texts keeps fmt from putting blanks between numbers.
func texts(parts []any) []any {
	for i, p := range parts {
		parts[i] = fmt.Sprint(p)
	}
	return parts
}

// QualifiedGoIdent is the name of something, in this package or in one that is imported for
// it.
func (b *body) QualifiedGoIdent(id protogen.GoIdent) string {
	if id.GoImportPath == b.path {
		return id.GoName
	}
	name, ok := b.names[id.GoImportPath]
	if !ok {
		base := identifier(path.Base(string(id.GoImportPath)))
		name = base
		for i := 1; b.used[name]; i++ {
			name = base + strconv.Itoa(i)
		}
		b.names[id.GoImportPath], b.used[name] = name, true
	}
	return name + "." + id.GoName
}

// imports is the declaration of all packages that have been named.
func (b *body) imports() string {
	var specs []string
	for p, name := range b.names {
		specs = append(specs, name+" "+strconv.Quote(string(p)))
	}
	slices.SortFunc(specs, func(x, y string) int {
		_, x, _ = strings.Cut(x, " ")
		_, y, _ = strings.Cut(y, " ")
		return cmp.Compare(x, y)
	})
	return "import (\n" + strings.Join(specs, "\n") + "\n)"
}

// identifier is a text as a name of Go.
func identifier(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '_'
	}, s)
	if token.IsKeyword(s) || s == "" || unicode.IsDigit([]rune(s)[0]) {
		return "_" + s
	}
	return s
}
