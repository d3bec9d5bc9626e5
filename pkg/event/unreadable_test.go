package event_test

import (
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// What could not be read was told without its field, or by a name of JSON that nobody
// finds in the contract.
func TestUnreadableValuesNameTheContractsField(t *testing.T) {
	t.Parallel()
	r, err := event.NewRegistry(contracttest.Compile(t, map[string]string{"x.proto": contract("shop.v1", orders, placed, id+`
int32 item_count = 2 [json_name = "n"]; google.protobuf.Timestamp due_at = 3; P p = 4; repeated P parts = 5; map<string, P> named = 6;
repeated int64 counts = 7; google.protobuf.Duration took = 8; bytes raw = 9; bool is_open = 10; map<string, int32> per_key = 11; google.protobuf.Struct free = 12;
message P { int32 unit_count = 1; P inner_part = 2; }`)}))
	if err != nil {
		t.Fatal(err)
	}
	for payload, want := range map[string]string{
		`"n":"hunter2"`:               "item_count",
		`"item_count":"hunter2"`:      "item_count",
		`"item_count":1.5`:            "item_count",
		`"item_count":{}`:             "item_count",
		`"n":1,"item_count":2`:        "item_count",
		`"dueAt":"hunter2"`:           "due_at",
		`"due_at":7`:                  "due_at",
		`"took":"hunter2"`:            "took",
		`"raw":"%"`:                   "raw",
		`"isOpen":"hunter2"`:          "is_open",
		`"p":7`:                       "p",
		`"p":{"unitCount":"hunter2"}`: "p.unit_count",
		`"p":{"innerPart":{"unit_count":"hunter2"}}`: "p.inner_part.unit_count",
		`"parts":[{},{"unitCount":"hunter2"}]`:       "parts[1].unit_count",
		`"parts":[{},7]`:                             "parts[1]",
		`"parts":{}`:                                 "parts",
		`"counts":[1,"hunter2"]`:                     "counts[1]",
		`"named":{"hunter2":{"unitCount":"x"}}`:      "named[*].unit_count",
		`"perKey":{"hunter2":"x"}`:                   "per_key[*]",
		`"perKey":[]`:                                "per_key",
		`"free":[]`:                                  "free",
		`"unknown":{"a":[1,{"b":2}]},"n":"hunter2"`:  "item_count",
		`"p":{"unitCount":1,"x":[{}]},"n":"hunter2"`: "item_count",
	} {
		_, _, err := r.Decode(event.Record{Topic: "orders", Value: []byte("{" + strings.Replace(goodMeta, "TodoCreated", "A", 1) + `,"data":{"id":"` + todoID + "\",\n " + payload + "}}")})
		if err == nil || !strings.HasSuffix(err.Error(), "field "+want) && !strings.Contains(err.Error(), "field "+want+":") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want field %s", payload, err, want)
		}
	}
}
