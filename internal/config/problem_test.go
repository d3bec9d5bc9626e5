package config_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/config"
)

// A problem that says what its field is, has or must be makes one sentence with the
// field's name; any other is put behind a colon.
func TestAProblemIsASentence(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, text, want string }{
		{"is", "is empty", "Source is empty"},
		{"has", "has no port", "Source has no port"},
		{"must", "must be between 1 and 3", "Source must be between 1 and 3"},
		{"value", "-1s: use a positive duration", "Source: -1s: use a positive duration"},
		{"word that begins as a verb", "issuer unknown", "Source: issuer unknown"},
		{"verb later on", "a value is missing", "Source: a value is missing"},
		{"nothing", "", "Source: "},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if got := config.Problemf("Source", "%s", row.text).Error(); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

// A user mends everything at once: Join names every problem, in order, and says what
// could not be done.
func TestJoinNamesEveryProblem(t *testing.T) {
	t.Parallel()
	source, brokers := config.Problemf("Source", "is empty"), config.Problemf("Brokers", "%q: no port", "a")
	for _, row := range []struct {
		name     string
		problems []error
		want     string
	}{
		{"one", []error{source}, "new producer: invalid configuration: Source is empty"},
		{"several", []error{source, brokers}, "new producer: invalid configuration:\n- Source is empty\n- Brokers: \"a\": no port"},
		{"about no field", []error{errors.New("no handlers"), source}, "new producer: invalid configuration:\n- no handlers\n- Source is empty"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			err := config.Join("new producer", row.problems)
			if got := err.Error(); got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
			if !errors.Is(err, config.ErrInvalid) {
				t.Error("it does not match ErrInvalid")
			}
			for _, p := range row.problems {
				if !errors.Is(err, p) {
					t.Errorf("it does not match %v", p)
				}
			}
		})
	}
}

func TestJoinOfNoProblemsIsNil(t *testing.T) {
	t.Parallel()
	if err := config.Join("new producer", nil); err != nil {
		t.Errorf("no problems are %v", err)
	}
}

// The cause of a problem is found through all that is around it.
func TestACauseIsFound(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("start: %w", config.Join("new producer", []error{
		config.Problemf("Source", "is empty"), config.Problemf("TLS.CAFile", "read it: %w", io.ErrUnexpectedEOF),
	}))
	if !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		t.Errorf("%v does not match its cause alone", err)
	}
	var several *config.Error
	if !errors.As(err, &several) || several.What != "new producer" || len(several.Problems) != 2 {
		t.Errorf("the joined error in it is %v", several)
	}
}

func TestProblemsTakesApartWhatJoinMade(t *testing.T) {
	t.Parallel()
	problems := []error{config.Problemf("Source", "is empty"), errors.New("no handlers")}
	for _, row := range []struct {
		name string
		err  error
		want []error
	}{
		{"joined", config.Join("new producer", problems), problems},
		{"joined and wrapped", fmt.Errorf("start: %w", config.Join("new producer", problems)), problems},
		{"one problem", problems[0], problems[:1]},
		{"another error", io.EOF, []error{io.EOF}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(texts(row.want), texts(config.Problems(row.err))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FieldOf is about the one problem that it is given. A joined or wrapped error is
// about several fields, or says more than the problem in it: it has no field, even
// when the problem inside has one.
func TestFieldOf(t *testing.T) {
	t.Parallel()
	missing := config.Problemf("TLS.CAFile", "is missing: %w", io.EOF)
	for _, row := range []struct {
		name   string
		err    error
		field  string
		causes string
	}{
		{"a problem", missing, "TLS.CAFile", "is missing: EOF"},
		{"another error", io.EOF, "", "EOF"},
		{"a wrapped problem", fmt.Errorf("start: %w", missing), "", "start: TLS.CAFile is missing: EOF"},
		{"a joined problem", config.Join("check", []error{missing}), "", "check: invalid configuration: TLS.CAFile is missing: EOF"},
		{"a problem of a problem", config.Problemf("Connection", "%w", missing), "Connection", "TLS.CAFile is missing: EOF"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			field, cause := config.FieldOf(row.err)
			if field != row.field || cause.Error() != row.causes {
				t.Errorf("got %q and %q, want %q and %q", field, cause, row.field, row.causes)
			}
			if !errors.Is(cause, io.EOF) {
				t.Error("the cause is lost")
			}
		})
	}
}

// A secret whose file could not be read is one problem, not two.
func TestWithoutFollowUps(t *testing.T) {
	t.Parallel()
	earlier := []error{config.Problemf("KAFKA_PASSWORD_FILE", "is not readable"), io.EOF}
	for _, row := range []struct {
		name     string
		problems []error
		earlier  []error
		want     []error
	}{
		{"follows", []error{config.Problemf("KAFKA_PASSWORD", "is empty")}, earlier, nil},
		{"of another field", []error{config.Problemf("KAFKA_USER", "is empty")}, earlier, []error{config.Problemf("KAFKA_USER", "is empty")}},
		{"of the same file", []error{config.Problemf("KAFKA_PASSWORD_FILE", "is empty")}, earlier, []error{config.Problemf("KAFKA_PASSWORD_FILE", "is empty")}},
		{"of no field", []error{errors.New("no handlers")}, []error{config.Problemf("_FILE", "is odd")}, []error{errors.New("no handlers")}},
		{"nothing earlier", []error{config.Problemf("KAFKA_PASSWORD", "is empty")}, nil, []error{config.Problemf("KAFKA_PASSWORD", "is empty")}},
		{"some of several", []error{io.EOF, config.Problemf("KAFKA_PASSWORD", "is empty"), config.Problemf("KAFKA_USER", "is empty")}, earlier, []error{io.EOF, config.Problemf("KAFKA_USER", "is empty")}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			given := texts(row.problems)
			if diff := cmp.Diff(texts(row.want), texts(config.WithoutFollowUps(row.problems, row.earlier))); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(given, texts(row.problems)); diff != "" {
				t.Errorf("what was given has changed: %s", diff)
			}
		})
	}
}

func texts(errs []error) (out []string) {
	for _, err := range errs {
		out = append(out, err.Error())
	}
	return out
}
