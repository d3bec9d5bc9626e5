package disclosure_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"net/url"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/disclosure"
)

type looping struct{}

func (e *looping) Error() string { return "canary" }
func (e *looping) Unwrap() error { return e }

type nilError struct{ text string }

func (e *nilError) Error() string { return e.text }

func TestErrorText(t *testing.T) {
	t.Parallel()
	full := errors.New("mailbox full")
	canary := errors.New("canary")
	const hidden = " (" + disclosure.Withheld + ")"
	for name, row := range map[string]struct {
		err  error
		want string
	}{
		"a text":                {canary, "*errors.errorString" + hidden},
		"wrapped":               {fmt.Errorf("canary: %w", canary), "*errors.errorString" + hidden},
		"a type":                {fmt.Errorf("canary: %w", &fs.PathError{Op: "canary", Path: "canary", Err: canary}), "*fs.PathError" + hidden},
		"public":                {disclosure.Public(full), "mailbox full"},
		"public within":         {fmt.Errorf("canary: %w", disclosure.Public(full)), "mailbox full"},
		"public of a type":      {&fs.PathError{Op: "canary", Path: "canary", Err: disclosure.Public(full)}, "*fs.PathError: mailbox full"},
		"a type that is public": {disclosure.Public(&fs.PathError{Op: "open", Path: "x", Err: full}), "*fs.PathError: open x: mailbox full"},
		"joined":                {errors.Join(canary, disclosure.Public(full), fmt.Errorf("canary %w", disclosure.Public(errors.New("no route")))), "mailbox full; no route"},
		"public twice":          {disclosure.Public(disclosure.Public(full)), "mailbox full"},
		"not UTF-8":             {disclosure.Public(errors.New("a\xffb")), "a\ufffdb"},
		"itself":                {&looping{}, "*disclosure_test.looping" + hidden},
		"a nil pointer":         {disclosure.Public((*nilError)(nil)), "*disclosure_test.nilError: <nil>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := disclosure.ErrorText(row.err); got != row.want {
				t.Errorf("%q, want %q", got, row.want)
			}
		})
	}
	if disclosure.Public(nil) != nil {
		t.Error("public of nil is an error")
	}
	if err := disclosure.Public(full); !errors.Is(err, full) || err.Error() != full.Error() {
		t.Errorf("public changes %v", err)
	}
}

// Values were looked for in the text: escaped, quoted, in another case or in another
// base they were not found. FuzzErrorText holds that no spelling matters.
func FuzzErrorText(f *testing.F) {
	for _, s := range []string{"ann@example.com", "O'Hara <ö>", "\x00\xff", "4711", "not shown"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		quoted, _ := json.Marshal(value)
		for _, spelling := range []string{
			value, string(quoted), fmt.Sprintf("%q", value), html.EscapeString(value), url.QueryEscape(value), hex.EncodeToString([]byte(value)),
			base64.URLEncoding.EncodeToString([]byte(value)), strings.ToLower(value), strings.ToUpper(value), fmt.Sprint([]byte(value)),
		} {
			got := disclosure.ErrorText(fmt.Errorf("550 mailbox %s: %w", spelling, disclosure.Public(errors.New("full"))))
			if got != "full" {
				t.Errorf("%q is shown as %q", spelling, got)
			}
		}
	})
}

// The cost depends on neither the text nor the event. It is not parallel: allocations
// are counted.
func TestErrorTextIsBounded(t *testing.T) {
	long := errors.New(strings.Repeat("canary ", 1<<20))
	var all []error
	for range 100_000 {
		all = append(all, long)
	}
	err := errors.Join(append(all, disclosure.Public(long))...)
	if n := testing.AllocsPerRun(1, func() { _ = disclosure.ErrorText(err) }); n > 100 {
		t.Errorf("%v allocations", n)
	}
	if got := disclosure.ErrorText(fmt.Errorf("%w", disclosure.Public(long))); len(got) > 4<<10 {
		t.Errorf("%d bytes", len(got))
	}
}
