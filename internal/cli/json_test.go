package cli_test

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

var (
	snake = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

	// Their keys are not eventctl's: Kafka's settings, payloads, reason codes.
	foreignKeys = map[string]bool{"config": true, "data": true, "reasons": true}

	// Their text may be a number: what a setting of Kafka is, keys and versions.
	numericText = map[string]bool{"have": true, "want": true, "key": true, "value": true, "version": true, "versions": true, "event_version": true}
)

// Attempts were text, and keys of context list were in another case than all
// others.
func TestJSONHasOneCaseAndItsNumbersAreNumbers(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	write(t, b, dead(1, "invalid", "o-1", placed(t, e, "o-1")),
		&kgo.Record{Topic: ordersDLQ, Headers: []kgo.RecordHeader{{Key: "dlq-attempts", Value: []byte("many")}}})
	contexts, _ := withContexts(t, twoContexts)
	contexts.vars["STAGING_PASSWORD"] = "x"
	for _, row := range []struct {
		ctl  *eventctl
		line string
		want string
	}{
		{e, "check", `"events": 4`},
		{e, "list", `"line": `},
		{e, "describe shop.orders.v1.OrderCancelled", `"default": 100`},
		{e, "topics apply --dry-run", `"partitions": `},
		{e, `publish OrderPlaced {"order_id":"o-1","amount":3}`, `"partition":`},
		{e, `publish OrderPlaced {"order_id":"o-1","amount":3} --dry-run`, `"headers":`},
		{e, "tail orders", `"offset":`},
		{e, "dlq list", `"letters": 2`},
		{e, "dlq list " + ordersDLQ, `"attempts": 10`},
		{e, "dlq show " + ordersDLQ + " mailer/orders/0/1", `"attempts": 10`},
		{e, "dlq redrive " + ordersDLQ, `"attempts": 10`},
		{contexts, "context list", `"ca": `},
		{contexts, "context show staging", `"ca": `},
	} {
		r := row.ctl.run(append(strings.Fields(row.line), "--json")...)
		if !strings.Contains(r.stdout, row.want) {
			t.Errorf("eventctl %s --json prints %s%s, want %s", row.line, r.stdout, r.stderr, row.want)
		}
		for dec := json.NewDecoder(strings.NewReader(r.stdout)); dec.More(); {
			var value any
			if err := dec.Decode(&value); err != nil {
				t.Fatalf("eventctl %s --json: %v", row.line, err)
			}
			checkJSON(t, row.line, "", value)
		}
	}
}

// checkJSON looks for keys of another case, and for numbers and booleans that
// are text.
func checkJSON(t *testing.T, line, key string, value any) {
	t.Helper()
	switch v := value.(type) {
	case map[string]any:
		for k, inner := range v {
			if !snake.MatchString(k) {
				t.Errorf("eventctl %s --json has the key %q", line, k)
			}
			if !foreignKeys[k] {
				checkJSON(t, line, k, inner)
			}
		}
	case []any:
		for _, inner := range v {
			checkJSON(t, line, key, inner)
		}
	case string:
		_, notNumber := strconv.ParseFloat(v, 64)
		_, notBool := strconv.ParseBool(v)
		if (notNumber == nil || notBool == nil) && !numericText[key] {
			t.Errorf("eventctl %s --json has %q: %q, want no text", line, key, v)
		}
	}
}
