package event_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/structpb"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// looked is a contract with what protojson drops or changes in silence.
const looked = id + `
optional E e = 2; repeated E es = 3; map<string, E> em = 4; oneof one { E left = 5; string right = 6; } P part = 7;
enum E { E_UNSPECIFIED = 0; E_ONE = 1; }
google.protobuf.Struct free = 8; google.protobuf.Value value = 9; google.protobuf.ListValue list = 10; map<string, google.protobuf.Value> values = 11;
google.protobuf.Any any = 12; double d = 13; int64 i = 14; google.protobuf.NullValue none = 15;
google.protobuf.Timestamp at = 16;
message P { E e = 1; google.protobuf.Struct free = 2; google.protobuf.Timestamp at = 3; }
`

func lookedRegistry(t *testing.T, format string) *event.Registry {
	t.Helper()
	r, err := event.NewRegistry(contracttest.Compile(t, map[string]string{
		"x.proto": strings.Replace(contract("shop.v1", orders+" format: "+format, placed, looked), "message A", `import "google/protobuf/any.proto"; message A`, 1),
		"y.proto": `syntax = "proto3"; package other.v1; message Far { string s = 1; }`,
	}))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Names of enum values that this program does not know vanished from lists and maps and
// read as unset elsewhere; whole numbers beyond 2^53 were rounded; times of no standard
// were taken. What is refused names the field.
func TestG7_NothingIsReadAsSomethingElse(t *testing.T) {
	t.Parallel()
	r := lookedRegistry(t, "FORMAT_FLAT")
	const part = `{"@type":"type.googleapis.com/shop.v1.A.P",`
	rows := []struct {
		name, member string
		want         event.Reason
		place        string
	}{
		{"enum", `"e":"E_TWO"`, undecodable, "field e: "},
		{"enum in a list", `"es":["E_ONE","E_TWO"]`, undecodable, "field es[1]: "},
		{"enum in a map", `"em":{"a":"E_TWO"}`, undecodable, "field em[*]: "},
		{"enum in a oneof", `"left":"E_TWO"`, undecodable, "field left: "},
		{"enum in a part", `"part":{"e":"E_TWO"}`, undecodable, "field part.e: "},
		{"enum in an Any", `"any":` + part + `"e":"E_TWO"}`, undecodable, "field any.e: "},
		{"enum in an Any, its type last", `"any":{"e":"E_TWO","@type":"type.googleapis.com/shop.v1.A.P"}`, undecodable, "field any.e: "},
		{"enum of another case", `"e":"e_one"`, undecodable, "field e: "},
		{"enum by its number", `"es":[1,7]`, accepted, ""},
		{"enum with escapes", `"e":"\u0045_ONE"`, accepted, ""},
		{"null value by its name", `"none":"NULL_VALUE"`, accepted, ""},
		{"null value of another name", `"none":"NULL"`, undecodable, "field none: "},
		{"2^53", `"free":{"n":9007199254740992,"m":-9007199254740992}`, accepted, ""},
		{"2^53 + 1", `"free":{"n":9007199254740993}`, undecodable, "field free[*]: a whole number"},
		{"-2^53 - 1", `"free":{"n":-9007199254740993}`, undecodable, "field free[*]: "},
		{"2^53 + 1 deep in a value", `"value":[1,{"a":[9007199254740993]}]`, undecodable, "field value[1][*][0]: "},
		{"2^53 + 1 in a list", `"list":[0,9007199254740993]`, undecodable, "field list[1]: "},
		{"2^53 + 1 in a map of values", `"values":{"a":9007199254740993}`, undecodable, "field values[*]: "},
		{"2^53 + 1 in a part", `"part":{"free":{"a":9007199254740993}}`, undecodable, "field part.free[*]: "},
		{"2^53 + 1 in an Any", `"any":{"@type":"a/google.protobuf.Struct","value":{"a":9007199254740993}}`, undecodable, "field any.value[*]: "},
		{"2^60, which a float64 holds", `"free":{"n":1152921504606846976}`, undecodable, "field free[*]: "},
		{"many digits", `"free":{"n":100000000000000000000000}`, undecodable, "field free[*]: "},
		{"a large float", `"free":{"n":1e300,"m":-1.5e21}`, accepted, ""},
		{"a fraction", `"free":{"n":0.1234567890123456789}`, accepted, ""},
		{"2^53 + 1 as a text", `"free":{"n":"9007199254740993"}`, accepted, ""},
		{"2^53 + 1 of an int64", `"i":9007199254740993`, accepted, ""},
		{"an Any of no type", `"any":{"e":"E_ONE"}`, undecodable, "field any: "},
		{"an Any of a type of nobody", `"any":{"@type":"type.googleapis.com/no.v1.Body"}`, undecodable, "field any: "},
		{"an Any of a type that only this program links", `"any":{"@type":"type.googleapis.com/events.todo.v1.TodoDeleted"}`, undecodable, "field any: "},
		{"an Any of a type that describes contracts", `"any":{"@type":"type.googleapis.com/google.protobuf.FileDescriptorSet"}`, undecodable, "field any: "},
		{"an Any of a contract's own type", `"any":` + part + `"e":"E_ONE","at":"2026-01-01t00:00:00z"}`, accepted, ""},
		{"an Any of a type that the contract does not import", `"any":{"@type":"type.googleapis.com/other.v1.Far"}`, accepted, ""},
		{"an empty Any", `"any":{}`, accepted, ""},
	}
	for _, row := range rows {
		for format, rec := range inEachFormat(probeID + "," + row.member) {
			t.Run(row.name+"/"+format, func(t *testing.T) {
				t.Parallel()
				_, _, err := r.Decode(rec)
				if got := event.ReasonOf(err); got != row.want || (err == nil) != (row.want == "") {
					t.Fatalf("reason %q (%v), want %q", got, err, row.want)
				}
				if err != nil && !strings.Contains(err.Error(), row.place) {
					t.Errorf("error %v, want %q in it", err, row.place)
				}
			})
		}
	}
}

// What readers would refuse, or could not have, is refused when it is written, with the
// place.
func TestG7_WriterRefusesWhatReadersRefuse(t *testing.T) {
	t.Parallel()
	deep := func(open, inner, end string, n int) string {
		return strings.Repeat(open, n) + inner + strings.Repeat(end, n)
	}
	rows := []struct{ name, member, want string }{
		{"2^53", `"free":{"n":9007199254740992}`, ""},
		{"2^53 + 2", `"free":{"n":9007199254740994}`, "field free[*]: "},
		{"1e17", `"list":[1e17]`, "field list[0]: "},
		{"1e21", `"list":[1e21]`, ""},
		{"an Any of an imported type", `"any":{"@type":"a/shop.v1.A.P","e":1}`, ""},
		{"an Any of an own event", `"any":{"@type":"a/shop.v1.A","id":"x"}`, ""},
		{"an Any of a well-known type", `"any":{"@type":"a/google.protobuf.Duration","value":"1s"}`, ""},
		{"an Any of a type that its readers need not have", `"any":{"@type":"a/other.v1.Far","s":"x"}`, "declared in y.proto"},
		{"a Value of 62 levels in an Any", `"any":{"@type":"a/google.protobuf.Value","value":` + deep("[", "1", "]", 62) + `}`, "nested too deeply"},
		{"a Value of 61 levels in an Any", `"any":{"@type":"a/google.protobuf.Value","value":` + deep("[", "1", "]", 61) + `}`, ""},
		{"Anys of 61 levels", `"any":` + deep(`{"@type":"a/google.protobuf.Any","value":`, `{}`, "}", 61), ""},
		{"Anys of 63 levels", `"any":` + deep(`{"@type":"a/google.protobuf.Any","value":`, `{}`, "}", 63), "nested too deeply"},
	}
	for _, format := range formats {
		r := lookedRegistry(t, format)
		for _, row := range rows {
			t.Run(format+"/"+row.name, func(t *testing.T) {
				t.Parallel()
				msg := resolvedProbe(t, r, "{"+probeID+","+row.member+"}")
				rec, err := r.Encode(context.Background(), msg, event.WithSource("/s"))
				// The flat format has one level less around a payload.
				if format == "FORMAT_FLAT" && err == nil && row.want == "nested too deeply" {
					row.want = ""
				}
				if row.want != "" {
					if !errors.Is(err, event.ErrInvalid) || !strings.Contains(err.Error(), row.want) {
						t.Fatalf("error %v, want %q in it", err, row.want)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				_, got, err := r.Decode(rec)
				if err != nil {
					t.Fatalf("it is written and cannot be read: %v", err)
				}
				if !proto.Equal(msg, got) {
					t.Errorf("message (-want +got):\n%s", cmp.Diff(msg, got, protocmp.Transform()))
				}
			})
		}
	}
}

// The Python services write exact integers into changes, which is a Struct.
func TestG7_ChangesAreExact(t *testing.T) {
	t.Parallel()
	changes, err := structpb.NewStruct(map[string]any{"budget": float64(1 << 60)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = event.Encode(context.Background(), &todov1.TodoUpdated{TodoId: todoID, UserId: userID, Changes: changes, UpdatedFields: []string{"budget"}})
	if !errors.Is(err, event.ErrInvalid) || !strings.Contains(err.Error(), "field changes[*]: a whole number beyond 2^53") {
		t.Errorf("error %v", err)
	}
	record := python("TodoUpdated", "1.0", `"todo_id": "`+todoID+`", "user_id": "`+userID+`", "changes": {"budget": 12345678901234567890}, "updated_fields": ["budget"]`)
	if _, _, err := event.Decode(event.Record{Topic: "todos", Value: []byte(record)}); event.ReasonOf(err) != undecodable || !strings.Contains(err.Error(), "field changes[*]") {
		t.Errorf("error %v", err)
	}
}
