package event_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// Fields whose JSON names are exchanged were read exchanged; a renamed field that keeps
// its JSON name, beside a new field of that name, made every record undecodable.
func TestG7_OneNameThatMeansTwoFieldsIsRefused(t *testing.T) {
	t.Parallel()
	const swapped = `string buyer = 2 [json_name = "seller"]; string seller = 3 [json_name = "buyer"];`
	var many strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&many, "bool b%d = %d;\n", i, i+2)
	}
	proto2 := func(fields string) string {
		return strings.Replace(contract("shop.v1", orders, placed, "required "+id+fields), "proto3", "proto2", 1)
	}
	edition := func(fields string) string {
		return strings.Replace(contract("shop.v1", orders, placed, id+fields), `syntax = "proto3"`, `edition = "2023"`, 1)
	}
	rows := []struct{ name, source, want string }{
		{"exchanged", contract("shop.v1", orders, placed, id+swapped), `in JSON the name "seller" of shop.v1.A means the fields buyer and seller`},
		{"exchanged, the other way round", contract("shop.v1", orders, placed, id+`string seller = 3 [json_name = "buyer"]; string buyer = 2 [json_name = "seller"];`), "means the fields"},
		{"renamed and kept", contract("shop.v1", orders, placed, id+`string client = 2 [json_name = "buyer"]; string buyer = 3 [json_name = "who"];`), `"buyer"`},
		{"in a part", contract("shop.v1", orders, placed, id+"P part = 2;} message P {"+swapped), "shop.v1.P"},
		{"in the values of a map", contract("shop.v1", orders, placed, id+"map<string, P> parts = 2;} message P {"+swapped), "shop.v1.P"},
		{"in a oneof", contract("shop.v1", orders, placed, id+`oneof who { string buyer = 2 [json_name = "seller"]; string seller = 3 [json_name = "x"]; }`), `"seller"`},
		{"proto2", proto2(strings.ReplaceAll(swapped, "string ", "optional string ")), "means the fields"},
		{"proto2, names that are one in JSON", proto2(`optional string a_b = 2; optional string aB = 3;`), `"aB"`},
		{"proto2, a group", proto2(`optional group Part = 2 { optional string a = 1; } optional string x = 3 [json_name = "Part"];`), `"Part"`},
		{"edition 2023", edition(swapped), "means the fields"},
		{"edition 2023, best effort", edition(`string a_b = 2; string aB = 3;` + "option features.json_format = LEGACY_BEST_EFFORT;"), `"aB"`},
		{"too many fields", contract("shop.v1", orders, placed, id+many.String()), "1001 fields, of at most 1000"},
		{"bytes as a key in CloudEvents", contract("shop.v1", orders+" format: FORMAT_CLOUDEVENTS", placed, "bytes id = 1 [(buf.validate.field).bytes.min_len = 1];"), "partitionkey"},
		{"bytes as a key in binary CloudEvents", contract("shop.v1", orders+" format: FORMAT_CLOUDEVENTS_BINARY", placed, "bytes id = 1 [(buf.validate.field).bytes.min_len = 1];"), "partitionkey"},
		{"bytes as a key elsewhere", contract("shop.v1", orders, placed, "bytes id = 1 [(buf.validate.field).bytes.min_len = 1];"), ""},
		{"a JSON name of one's own", contract("shop.v1", orders, placed, id+`string client = 2 [json_name = "buyer"]; string buyer_name = 3;`), ""},
		{"proto2, groups", proto2(`optional group Part = 2 { optional string a = 1; } repeated group More = 3 { optional string part = 1; }`), ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := event.NewRegistry(contracttest.Compile(t, map[string]string{"x.proto": row.source}))
			switch {
			case row.want == "" && err != nil:
				t.Error(err)
			case row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)):
				t.Errorf("error %v, want %q in it", err, row.want)
			}
		})
	}
}
