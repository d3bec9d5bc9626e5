package headername_test

import (
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/headername"
)

func TestP12_CheckUser(t *testing.T) {
	t.Parallel()
	const reserved, malformed = "is reserved: choose another name", "a name has up to 128 letters"
	rows := map[string]string{
		"tenant": "", "X-Tenant": "", "a": "", "9": "", "a.b_c-d": "", strings.Repeat("a", 128): "",
		"dlq": "", "redrive": "", "event_id": "", "contenttype": "", "ce": "", "cede": "",
		"": malformed, "-a": malformed, ".a": malformed, "_a": malformed, "a b": malformed, "a\x00": malformed, "ä": malformed,
		"a\xff": malformed, "a:b": malformed, strings.Repeat("a", 129): malformed,
		"dlq-id": reserved, "DLQ-Reason": reserved, "dlq-": reserved, "redrive-count": reserved, "Redrive-Of": reserved,
		"ce_id": reserved, "CE_Type": reserved, "ce_": reserved,
		"content-type": reserved, "Content-Type": reserved, "traceparent": reserved, "Tracestate": reserved,
		// strings.EqualFold takes the Kelvin sign for a k and U+017F for an s.
		"trace\u017ftate": malformed,
	}
	for name, want := range rows {
		err := headername.CheckUser(name)
		switch {
		case want == "" && err != nil:
			t.Errorf("CheckUser(%q) = %v", name, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("CheckUser(%q) = %v, want an error with %q", name, err, want)
		}
	}
}

func TestIsDeadLetter(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"dlq-id": true, "DLQ-": true, "redrive-id": true, "Redrive-": true, "dlq": false, "redrive": false, "": false, "x-dlq-id": false, "ce_id": false,
	} {
		if got := headername.IsDeadLetter(name); got != want {
			t.Errorf("IsDeadLetter(%q) = %t, want %t", name, got, want)
		}
	}
}
