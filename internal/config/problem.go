package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing that is wrong with a field of a configuration.
type Problem struct {
	Field string // "TLS.CAFile", or the flag or variable that the user has set
	Err   error
}

// Problemf makes a Problem.
func Problemf(field, format string, args ...any) error {
	return &Problem{Field: field, Err: fmt.Errorf(format, args...)}
}

// Error is one sentence if the problem is what the field is, has or must be:
// "Source is empty".
func (p *Problem) Error() string {
	text := p.Err.Error()
	for _, verb := range []string{"is ", "has ", "must "} {
		if strings.HasPrefix(text, verb) {
			return p.Field + " " + text
		}
	}
	return p.Field + ": " + text
}

// Unwrap gives what is wrong with the field.
func (p *Problem) Unwrap() error { return p.Err }

// FieldOf takes a problem apart: the name of its field, "" if it is about none,
// and what is wrong with it.
func FieldOf(problem error) (field string, cause error) {
	if p, ok := problem.(*Problem); ok { //nolint:errorlint // this one problem, not one of those in it
		return p.Field, p.Err
	}
	return "", problem
}

// WithoutFollowUps leaves out of problems what follows from earlier ones: a
// secret whose file could not be read (NAME_FILE) is not missing (NAME) as well.
func WithoutFollowUps(problems, earlier []error) []error {
	return slices.DeleteFunc(slices.Clone(problems), func(err error) bool {
		field, _ := FieldOf(err)
		return field != "" && slices.ContainsFunc(earlier, func(e error) bool {
			file, _ := FieldOf(e)
			return file == field+"_FILE"
		})
	})
}

// ErrInvalid matches every error that Join makes.
var ErrInvalid = errors.New("invalid configuration")

// Error is every problem of one configuration.
type Error struct {
	What     string // the operation, "new producer"
	Problems []error
}

// Join returns nil if there are no problems, else one *Error that matches
// ErrInvalid and names them all.
func Join(what string, problems []error) error {
	if len(problems) == 0 {
		return nil
	}
	return &Error{What: what, Problems: problems}
}

// Problems takes err apart into the problems that Join was given; any other
// error is one problem.
func Problems(err error) []error {
	if several := (*Error)(nil); errors.As(err, &several) {
		return several.Problems
	}
	return []error{err}
}

func (e *Error) Error() string {
	if len(e.Problems) == 1 {
		return e.What + ": " + ErrInvalid.Error() + ": " + e.Problems[0].Error()
	}
	var b strings.Builder
	b.WriteString(e.What + ": " + ErrInvalid.Error() + ":")
	for _, p := range e.Problems {
		b.WriteString("\n- " + p.Error())
	}
	return b.String()
}

// Unwrap gives the sentinel and the problems.
func (e *Error) Unwrap() []error { return append([]error{ErrInvalid}, e.Problems...) }
