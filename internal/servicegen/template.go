package servicegen

import (
	"bytes"
	"embed"
	"fmt"
	"go/format"
	"text/template"
)

//go:embed templates
var files embed.FS

// Parsed once: a mistake in a template shows in every run, and not for some events.
var templates = template.Must(template.New("").ParseFS(files, "templates/*.tmpl"))

func execute(name string, v view) ([]byte, error) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, v); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// goFile is a template's text as gofmt leaves it.
func goFile(name string, v view) ([]byte, error) {
	text, err := execute(name, v)
	if err != nil {
		return nil, err
	}
	source, err := format.Source(text)
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, text)
	}
	return source, nil
}
