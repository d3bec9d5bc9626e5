package event_test

import (
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// The errors of reading are ours, and are shown wherever a record is: whatever is wrong
// with a payload, they repeat none of its values, keys of maps and unknown names
// included.
func TestD3_ErrorsOfReadingHaveNoValues(t *testing.T) {
	t.Parallel()
	r, err := event.NewRegistry(contracttest.Compile(t, map[string]string{"x.proto": contract("shop.v1", orders, placed, id+`
string name = 2 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_PERSONAL, (buf.validate.field).string.max_len = 3];
map<string, P> named = 3;
int64 count = 4;
E kind = 5;
bytes face = 6;
P part = 7;
repeated string tags = 8 [(buf.validate.field).repeated.unique = true];
bool yes = 9;
double rate = 10;
enum E { E_UNSPECIFIED = 0; }
message P { string city = 1 [(buf.validate.field).string.max_len = 3]; }`)}))
	if err != nil {
		t.Fatal(err)
	}
	const canary = "c4nary"
	for _, payload := range []string{
		`"name":"c4nary"`, `"name":["c4nary"]`, `"name":{"c4nary":1}`, `"named":{"c4nary":{"city":"long enough"}}`, `"named":{"c4nary":1}`, `"named":{"c4nary":{"city":1}}`,
		`"count":"c4nary"`, `"count":"1c4nary"`, `"kind":"c4nary"`, `"kind":["c4nary"]`, `"face":"c4nary!"`, `"part":"c4nary"`, `"part":{"city":"c4nary"}`, `"tags":["c4nary","c4nary"]`,
		`"yes":"c4nary"`, `"rate":"c4nary"`, `"named":{"c4nary":{},"c4nary":{}}`, `"name":"c4nary`, `"name":c4nary`, `"name":"c4nary\ud800"`, `"name":"c4nary` + "\xff" + `"`,
		`"c4nary":`, `"part":{"c4nary":{"c4nary"}}`,
	} {
		_, _, err := r.Decode(event.Record{Topic: "orders", Value: []byte("{" + strings.Replace(goodMeta, "TodoCreated", "A", 1) + `,"data":{"id":"` + todoID + `",` + payload + "}}")})
		if err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", payload, err)
		}
	}
}
