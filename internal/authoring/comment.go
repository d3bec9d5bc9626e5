package authoring

import (
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/contractproto"
	"github.com/eventcontracts/eventcontracts/internal/spec"
)

// maxComment is enough for a page of text.
const maxComment = 4000

// comments are that of an event, empty if it is not described, and those of its fields,
// with what fields that hold messages import. A description is a text, or FIELD=TEXT.
func comments(describe []string, typ string, s *spec.Spec, messages map[string]string) (string, map[string]contractproto.FieldOptions, error) {
	fields := map[string]contractproto.FieldOptions{"": {Import: func(message string) string { return messages[message] }}}
	comment := ""
	for _, text := range describe {
		name, of, ok := strings.Cut(text, "=")
		if ok && s.Field(name) != nil {
			if err := checkText("--describe "+name, of, maxComment); err != nil {
				return "", nil, err
			}
			fields[name] = contractproto.FieldOptions{Comment: of}
			continue
		}
		if err := checkText("--describe", text, maxComment); err != nil {
			return "", nil, err
		}
		if comment != "" {
			return "", nil, mistake("--describe is given twice for %s: for a field write FIELD=TEXT, where the fields are %s", typ, strings.Join(fieldNames(s), ", "))
		}
		comment = text
	}
	return comment, fields, nil
}
