package deadletter_test

import (
	"math"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/deadletter"
)

func TestIDsAreReadAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	id := deadletter.NewID("mailer", "orders.mailer.redrive", math.MaxInt32, math.MaxInt64)
	if got, want := id.String(), "mailer/orders.mailer.redrive/2147483647/9223372036854775807"; got != want {
		t.Errorf("id %q, want %q", got, want)
	}
	if got, ok := deadletter.ParseID(id.String()); !ok || got != id {
		t.Errorf("read as %+v, want %+v", got, id)
	}
	// Whoever wrote them: two texts are one failure only if they are equal.
	for _, text := range []string{"///", "a/b/00/1", "a/b/0/1", "a/b/+0/1", "\xff/\x00/ /é"} {
		if got, ok := deadletter.ParseID(text); !ok || got.String() != text {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
	for _, text := range []string{"", "/", "a/b/1", "a/b/1/2/", strings.Repeat("/", 1<<20)} {
		if got, ok := deadletter.ParseID(text); ok {
			t.Errorf("%.40q is read as %+v", text, got)
		}
	}
}
