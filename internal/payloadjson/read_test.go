package payloadjson_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/payloadjson"
)

// message is a message of the contracts with every kind of field.
func message(t *testing.T, name string) protoreflect.MessageDescriptor {
	t.Helper()
	c, err := catalog.Load(t.Context(), catalog.Options{Contracts: "testdata"})
	if err != nil {
		t.Fatal(err)
	}
	d, err := c.Files.FindDescriptorByName(protoreflect.FullName("kinds.v1." + name))
	if err != nil {
		t.Fatal(err)
	}
	return d.(protoreflect.MessageDescriptor)
}

func TestMistakesAreToldAtOnceInTheContractsWords(t *testing.T) {
	t.Parallel()
	d := message(t, "Kinds")
	const fine = `"todo_id": "1"`
	rows := []struct {
		name, json string
		want       []string
	}{
		{"sound", `{` + fine + `}`, nil},
		{"empty", `{}`, nil},
		{"both spellings of names are taken", `{"todoId": "1", "due_date": "2026-01-02T15:04:05Z"}`, nil},
		{"null is absent", `{"todo_id": null, "at": null, "tags": null, "labels": null, "part": null, "value": null}`, nil},
		{"a misspelled name", `{"todoid": "1"}`, []string{"todoid: the contract has no such field: did you mean todo_id?"}},
		{"a misspelled camelCase name", `{"todoIdd": "1"}`, []string{"todoIdd: the contract has no such field: did you mean todo_id?"}},
		{"a name like no other", `{"zzz": 1}`, []string{"zzz: the contract has no such field"}},
		{"a name of more than a line", `{"` + strings.Repeat("z", 100) + `": 1}`, []string{strings.Repeat("z", 60) + "…: the contract has no such field"}},
		{"all at once", `{"todoid": 1, "count": "x", "flag": 1, "part": {"skus": 1}}`, []string{
			"todoid: the contract has no such field: did you mean todo_id?",
			`count: give a whole number from -2147483648 to 2147483647, not "x"`,
			"flag: give true or false, not the number 1",
			"part.skus: the contract has no such field: did you mean sku?",
		}},
		{"a text as a number", `{"todo_id": 1}`, []string{"todo_id: give a text in quotes, not the number 1"}},
		{"fractions and bounds", `{"count": 1.5, "big": "99999999999999999999", "natural": -1, "huge": true, "rate": "fast"}`, []string{
			"count: give a whole number from -2147483648 to 2147483647, not 1.5",
			`big: give a whole number of 64 bits, not "99999999999999999999"`,
			"natural: give a whole number from 0 to 4294967295, not -1",
			"huge: give a whole number from 0 to 18446744073709551615, not true",
			`rate: give a number, not the text "fast"`,
		}},
		{"numbers as texts, where protobuf takes them", `{"count": "1", "big": "2", "rate": "NaN"}`, nil},
		{"bytes", `{"raw": "%%"}`, []string{`raw: give bytes as Base64 text, such as "3q2+7w==", not "%%"`}},
		{"times", `{"at": "tomorrow", "due_date": 5, "took": "1m"}`, []string{
			`at: give a time with its zone, such as "2026-01-02T15:04:05Z", not "tomorrow"`,
			`due_date: give a time with its zone, such as "2026-01-02T15:04:05Z", not the number 5`,
			`took: give a duration in seconds, such as "90s" or "1.5s", not "1m"`,
		}},
		{"an enum", `{"color": "COLOR_GREN"}`, []string{`color: Color has no such value as "COLOR_GREN": did you mean COLOR_GREEN or COLOR_RED?`}},
		{"an enum without its prefix", `{"color": "GREEN"}`, []string{`color: Color has no such value as "GREEN": did you mean COLOR_GREEN?`}},
		{"an enum like no other", `{"color": "?"}`, []string{`color: Color has no such value as "?": give one of COLOR_UNSPECIFIED, COLOR_RED, COLOR_GREEN`}},
		{"an enum as true", `{"color": true}`, []string{"color: give the name of a value of Color, not true"}},
		{"an enum's number", `{"color": 7}`, nil},
		{"lists", `{"tags": "a", "parts": [{"sku": 1}, 2, null]}`, []string{
			`tags: give an array, not the text "a"`,
			"parts[0].sku: give a text in quotes, not the number 1",
			"parts[1]: give an object, not the number 2",
			"parts[2]: give an object, not null",
		}},
		{"items", `{"tags": ["a", 1, null]}`, []string{"tags[1]: give a text in quotes, not the number 1", "tags[2]: give a text in quotes, not null"}},
		{"maps", `{"labels": {"a": 1, "b": "x", "a": "y"}, "stock": {"x": {}, "1": {"sku": 2}}}`, []string{
			"labels[a]: give a text in quotes, not the number 1",
			"labels[a]: the key is given twice: give it once",
			"stock[x]: the key is not a whole number from -2147483648 to 2147483647",
			"stock[1].sku: give a text in quotes, not the number 2",
		}},
		{"a map as a list", `{"labels": []}`, []string{"labels: give an object, not an array"}},
		{"numbers by keys", `{"rates": {"x": 1, "2": "y"}}`, []string{
			"rates[x]: the key is not a whole number from -2147483648 to 2147483647",
			`rates[2]: give a number, not the text "y"`,
		}},
		{"a message as a text", `{"part": "x"}`, []string{`part: give an object, not the text "x"`}},
		{"deep inside", `{"part": {"inner": {"inner": {"sky": 1}}}}`, []string{"part.inner.inner.sky: the contract has no such field: did you mean sku?"}},
		{"twice", `{"todo_id": "1", "todo_id": "2"}`, []string{"todo_id: it is given twice: give it once"}},
		{"twice, in both spellings", `{"todo_id": "1", "todoId": "2"}`, []string{"todo_id: it is given as todo_id and as todoId: give todo_id alone"}},
		{"two members of a oneof", `{"card": "1", "iban": "2"}`, []string{"iban: payment has card already: give one of the two"}},
		{"metadata", `{"event_id": "x", "timestamp": "x", "correlation_id": "x", "source": "x", "event_type": "x", "data": {}}`, []string{
			"event_id: it is metadata, and not a part of the payload: leave it out, or give --id",
			"timestamp: it is metadata, and not a part of the payload: leave it out, or give --time",
			"correlation_id: it is metadata, and not a part of the payload: leave it out, or give --correlation",
			"source: it is metadata, and not a part of the payload: leave it out, or give --source",
			"event_type: it is metadata, and not a part of the payload: leave it out",
			"data: it is what a record holds the payload in: give the object inside it",
		}},
		{"well-known messages", `{"free": [], "values": {}, "any": {"@type": "type.googleapis.com/nowhere.Gone"}, "mask": 1, "wrapped": true, "empty": {"a": 1}}`, []string{
			"free: give an object, not an array",
			"values: give an array, not an object",
			`any: give an object with "@type" and the fields of that type, which eventctl has to know`,
			`mask: give names of fields in camelCase with commas between, such as "title,dueDate", not the number 1`,
			"wrapped: give a whole number of 64 bits, not true",
			"empty: give an empty object",
		}},
		{"well-known messages that are sound", `{"free": {"a": [1]}, "values": [1, null], "value": null, "any": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1s"}, "mask": "a,bC", "wrapped": "5", "empty": {}}`, nil},
		{"an array", `[]`, []string{"give an object, {…}, not an array"}},
		{"a text", `"x"`, []string{"give an object, {…}, not a text"}},
		{"cut off", `{"todo_id": "1"`, []string{"it is not JSON: it ends in the middle"}},
		{"nothing", ``, []string{"it is not JSON: it ends in the middle"}},
		{"two values", `{} {}`, []string{"it is not JSON: something follows behind it"}},
		{"too deep", `{"free": ` + strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100) + "}", []string{"it is not JSON: it is nested too deeply"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p, err := payloadjson.Read(d, protoregistry.GlobalTypes, []byte(row.json))
			var got []string
			var mistakes payloadjson.Mistakes
			if errors.As(err, &mistakes) {
				for _, m := range mistakes {
					got = append(got, m.String())
				}
			} else if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("mistakes (-want +got):\n%s", diff)
			}
			want := dynamicpb.NewMessage(d)
			if err == nil && (protojson.Unmarshal([]byte(row.json), want) != nil || !proto.Equal(want, p.Message)) {
				t.Errorf("read as %v, want what protojson reads: %v", p.Message, want)
			}
		})
	}
}

// What breaks a rule is told with the value that does, in words and short; what is in a
// map, and what is personal, is not.
func TestValueAt(t *testing.T) {
	t.Parallel()
	read := func(name, text string) protoreflect.Message {
		p, err := payloadjson.Read(message(t, name), protoregistry.GlobalTypes, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return p.Message
	}
	kinds := read("Kinds", `{"todo_id": "", "count": 3, "tags": ["a", "b\u001b"], "parts": [{"sku": "s", "inner": {"sku": "`+strings.Repeat("ä", 70)+`"}}], "color": "COLOR_RED", "raw": "AAA=", "flag": false, "rate": 1.5, "labels": {"k": "v"}, "at": "2026-01-02T15:04:05Z"}`)
	for path, want := range map[string]string{
		"todo_id": `""`, "count": "3", "tags[1]": `"b\x1b"`, "tags": "a list of 2", "tags[2]": "", "tags[x]": "", "parts[0].sku": `"s"`, "color": "COLOR_RED", "raw": "2 bytes",
		"flag": "false", "rate": "1.5", "labels[*]": "", "labels": "a map of 1", "at": "", "big": "0", "none": "", "": "", "parts.sku": "", "part.sku": "", "count[0]": "",
		"parts[0].inner.sku": `"` + strings.Repeat("ä", 58) + "…, of 70 characters",
	} {
		if got := payloadjson.ValueAt(kinds, path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	if got := payloadjson.ValueAt(read("Personal", `{"age": 3}`), "age"); got != "" {
		t.Errorf("what is personal is told: %s", got)
	}
}

// Of JSON that is about something else no more is told than fits a screen.
func TestMistakesAreNotEndless(t *testing.T) {
	t.Parallel()
	var members []string
	for i := range 1000 {
		members = append(members, fmt.Sprintf(`"zz%d": 1`, i))
	}
	_, err := payloadjson.Read(message(t, "Kinds"), protoregistry.GlobalTypes, []byte("{"+strings.Join(members, ",")+"}"))
	var mistakes payloadjson.Mistakes
	if !errors.As(err, &mistakes) || len(mistakes) != 20 {
		t.Errorf("%d mistakes: %v", len(mistakes), err)
	}
}

// What is personal is not quoted: neither values nor the keys of maps.
func TestMistakesQuoteNothingPersonal(t *testing.T) {
	t.Parallel()
	_, err := payloadjson.Read(message(t, "Personal"), protoregistry.GlobalTypes, []byte(`{"email": 4711, "orders": {"ann@example.com": "x4711"}, "age": "4711x"}`))
	want := "email: give a text in quotes, not a number\n" +
		"orders[*]: give a whole number from -2147483648 to 2147483647\n" +
		"age: give a whole number from -2147483648 to 2147483647"
	if err == nil || err.Error() != want {
		t.Errorf("error\n%v\nwant\n%s", err, want)
	}
}

// What a payload says replaces what an example has, null and zero too.
func TestOver(t *testing.T) {
	t.Parallel()
	d := message(t, "Kinds")
	read := func(text string) payloadjson.Payload {
		p, err := payloadjson.Read(d, protoregistry.GlobalTypes, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	example := read(`{"todo_id": "1", "count": 3, "tags": ["a", "b"], "at": "2026-01-02T15:04:05Z", "flag": true, "card": "4"}`).Message
	read(`{"count": 0, "tags": ["c"], "at": null, "iban": "DE"}`).Over(example)
	if want := read(`{"todo_id": "1", "tags": ["c"], "flag": true, "iban": "DE"}`).Message; !proto.Equal(want, example) {
		t.Errorf("got %v, want %v", example, want)
	}
}
