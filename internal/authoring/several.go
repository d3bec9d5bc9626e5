package authoring

import "strings"

// Several is everything that is wrong with a request, told at once.
type Several []error

func (s Several) Error() string {
	var lines []string
	for _, err := range s {
		lines = append(lines, err.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap are the single errors.
func (s Several) Unwrap() []error { return s }

// together is what is wrong, as one error; nil elements are nothing.
func together(problems []error) error {
	var out Several
	for _, err := range problems {
		if err != nil {
			out = append(out, err)
		}
	}
	switch len(out) {
	case 0:
		return nil
	case 1:
		return out[0]
	}
	return out
}
