package contexts

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// secretKey finds who has written a secret where its place belongs.
var secretKey = regexp.MustCompile(`field (password|token|client_secret) not found`)

// contextProblem is a YAML error that says what to write instead. The error
// names keys and lines, not values; of a value in a wrong place it quotes some.
func contextProblem(err error) string {
	var te *yaml.TypeError
	if !errors.As(err, &te) {
		return err.Error()
	}
	var out []string
	for _, text := range te.Errors {
		if m := secretKey.FindStringSubmatch(text); m != nil {
			line, _, _ := strings.Cut(text, ":")
			out = append(out, fmt.Sprintf("%s: a secret does not belong into this file: say where it is, with %s_env: VARIABLE or %s_file: FILE", line, m[1], m[1]))
			continue
		}
		if line, _, ok := strings.Cut(text, ": cannot unmarshal"); ok {
			text = line + ": the value has the wrong shape" // the rest quotes it
		}
		out = append(out, regexp.MustCompile(` in type contexts\.\w+`).ReplaceAllString(text, ""))
	}
	return strings.Join(out, "; ")
}
