package eventbus

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/eventcontracts/eventcontracts/internal/disclosure"
)

// What wraps an error decides what becomes of the record, whether its text may be shown
// or not.
func TestD3_WhatIsShownOfAFailure(t *testing.T) {
	t.Parallel()
	cause := errors.New("canary")
	public := Public(errors.New("full"))
	const hidden = " (" + disclosure.Withheld + ")"
	for name, row := range map[string]struct {
		err          error
		open, closed string
		want         failure
	}{
		"an error":            {cause, "canary", "*errors.errorString" + hidden, failure{}},
		"permanent":           {Permanent(cause), "permanent: canary", "*errors.errorString" + hidden, failure{permanent: true}},
		"permanent, public":   {Permanent(fmt.Errorf("canary: %w", public)), "permanent: canary: full", "full", failure{permanent: true}},
		"public, permanent":   {Public(Permanent(cause)), "permanent: canary", "permanent: canary", failure{permanent: true}},
		"skip":                {Skip("canary"), "skip: canary", "*eventbus.skipError" + hidden, failure{skip: true}},
		"public skip":         {Public(Skip("canary")), "skip: canary", "skip: canary", failure{skip: true}},
		"retry after":         {RetryAfter(time.Second, public), "retry after 1s: full", "full", failure{}},
		"a panic":             {&panicError{what: "panicked", value: "canary"}, "the handler panicked: canary", "the handler panicked with a string" + hidden, failure{panicked: true}},
		"a panic of an error": {&panicError{what: "panicked", value: public}, "the handler panicked: full", "the handler panicked: full", failure{panicked: true}},
		"Goexit":              {&panicError{what: "ended its goroutine"}, "the handler ended its goroutine", "the handler ended its goroutine", failure{panicked: true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for closed, text := range map[bool]string{false: row.open, true: row.closed} {
				got := readFailure(row.err, closed)
				if got.text != text || got.permanent != row.want.permanent || got.skip != row.want.skip || got.panicked != row.want.panicked {
					t.Errorf("closed %v: %+v, want the text %q", closed, got, text)
				}
			}
		})
	}
}

// A handler may quote a record of any size, in any bytes: a log gets the beginning.
func TestG5_TheTextOfAFailureIsBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("größe \xff", 1<<17)
	for name, err := range map[string]error{"an error": errors.New(long), "public": Public(errors.New(long)), "a panic": &panicError{what: "panicked", value: long}} {
		for _, closed := range []bool{false, true} {
			if text := readFailure(err, closed).text; len(text) > 16<<10 || !utf8.ValidString(text) || text == "" {
				t.Errorf("%s, closed %v: %d bytes, UTF-8 %v", name, closed, len(text), utf8.ValidString(text))
			}
		}
	}
}

// The arguments of functions are in the stack of runtime/debug, numbers as they are.
func TestD3_AStackHasNoArguments(t *testing.T) {
	t.Parallel()
	if text := deeper(0xca7a21); strings.Contains(text, "ca7a21") || !strings.Contains(text, "eventbus.deeper\n") {
		t.Error(text)
	}
}

//go:noinline
func deeper(canary int) string {
	if canary == 0 {
		return ""
	}
	return stack()
}
