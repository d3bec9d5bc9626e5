package event_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// A handler of an event with a foreign id or correlation id could not publish to a flat
// topic: every try failed.
func TestInheritedIDsAreCarried(t *testing.T) {
	t.Parallel()
	bg := context.Background()
	v5 := func(s string) string { return uuid.NewSHA1(uuid.NameSpaceURL, []byte(s)).String() }
	handled := func(id, correlation string) context.Context {
		return event.ContextWith(bg, event.Metadata{ID: id, CorrelationID: correlation})
	}
	long := strings.Repeat("x", 300)
	rows := []struct {
		name, format           string
		ctx                    context.Context
		opts                   []event.Option
		correlation, causation string
		refused                string
	}{
		{"foreign id, flat", "FORMAT_FLAT", handled("order-17", ""), nil, v5("order-17"), v5("order-17"), ""},
		{"foreign correlation, flat", "FORMAT_FLAT", handled(noteID, "order-17"), nil, v5("order-17"), noteID, ""},
		{"UUIDs, flat", "FORMAT_FLAT", handled(noteID, todoID), nil, todoID, noteID, ""},
		{"UUID in capitals, flat", "FORMAT_FLAT", handled(noteID, strings.ToUpper(todoID)), nil, strings.ToUpper(todoID), noteID, ""},
		{"foreign ids, envelope", "FORMAT_ENVELOPE", handled("order-17", "request 1"), nil, "request 1", "order-17", ""},
		{"a line's end, envelope", "FORMAT_ENVELOPE", handled("order\n17", ""), nil, "order\n17", "order\n17", ""},
		{"a line's end, CloudEvents", "FORMAT_CLOUDEVENTS", handled("order\n17", ""), nil, v5("order\n17"), v5("order\n17"), ""},
		{"a line's end, binary", "FORMAT_CLOUDEVENTS_BINARY", handled("order\n17", ""), nil, v5("order\n17"), v5("order\n17"), ""},
		{"an option is refused, flat", "FORMAT_FLAT", bg, []event.Option{event.WithCorrelation("order-17")}, "", "", "correlation id"},
		{"a causation is refused, flat", "FORMAT_FLAT", bg, []event.Option{event.WithCausation("order-17")}, "", "", "causation id"},
		{"a context's own is refused, flat", "FORMAT_FLAT", event.WithCorrelationID(bg, "order-17"), nil, "", "", "correlation id"},
		{"a causation of one's own", "FORMAT_ENVELOPE", handled("a", "b"), []event.Option{event.WithCausation("order-17")}, "b", "order-17", ""},
		{"accepted, flat", "FORMAT_FLAT", event.AcceptCorrelationID(bg, " order-17 "), nil, v5("order-17"), "", ""},
		{"accepted, envelope", "FORMAT_ENVELOPE", event.AcceptCorrelationID(bg, "order-17"), nil, "order-17", "", ""},
		{"accepted, too long", "FORMAT_ENVELOPE", event.AcceptCorrelationID(bg, long), nil, v5(long), "", ""},
		{"accepted, not UTF-8", "FORMAT_CLOUDEVENTS", event.AcceptCorrelationID(bg, notUTF8), nil, v5(notUTF8), "", ""},
		{"accepted wins over the handled", "FORMAT_FLAT", event.AcceptCorrelationID(handled(noteID, todoID), "r"), nil, v5("r"), noteID, ""},
		{"accepted blank", "FORMAT_FLAT", event.AcceptCorrelationID(handled(noteID, todoID), " "), nil, todoID, noteID, ""},
		{"an option wins over all", "FORMAT_FLAT", event.AcceptCorrelationID(handled(noteID, todoID), "r"), []event.Option{event.WithCorrelation(userID)}, userID, noteID, ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := probes(t, row.format)
			rec, err := r.Encode(row.ctx, probeOf(t, r, "{"+probeID+"}"), append(row.opts, event.WithSource("/s"))...)
			if row.refused != "" {
				if !errors.Is(err, event.ErrInvalid) || !strings.Contains(err.Error(), row.refused) {
					t.Errorf("error %v, want %q in it", err, row.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			md, err := event.Head(rec)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{row.correlation, row.causation}, []string{md.CorrelationID, md.CausationID}); diff != "" {
				t.Errorf("correlation and causation (-want +got):\n%s", diff)
			}
		})
	}
}

// What is written as CloudEvents passes both SDKs.
func TestSourcesAndIDsOfCloudEvents(t *testing.T) {
	t.Parallel()
	for source, ok := range map[string]bool{
		"todo-api": true, "/s": true, "urn:a:b": true, "https://example.com/a?b=c#d": true, "https://[::1]/a": true, "/gr%C3%B6%C3%9Fe": true, "a/b:c": true,
		"a b": false, "/größe": false, "": false, "a\tb": false, "%": false, "%zz": false, "/a?b=%": false, "a#b#c": false, "1:b": false, "a[b": false, "<a>": false, `a"b`: false, "a\\b": false, "{a}": false, "a|b": false, "a^b": false, "a`b": false,
		strings.Repeat("a", 256): true, strings.Repeat("a", 257): false,
	} {
		if err := event.CheckSource(source); (err == nil) != ok {
			t.Errorf("CheckSource(%.40q) = %v", source, err)
		}
	}
	for _, format := range formats {
		r := probes(t, format)
		for id, ok := range map[string]bool{"order-17": true, "größe": true, "a b": true, "a\nb": false, "a\u0085b": false, "\u007f": false, "\ufffe": false, "\ufdd0": false} {
			_, err := r.Encode(context.Background(), probeOf(t, r, "{"+probeID+"}"), event.WithID(id), event.WithSource("/s"), event.WithCorrelation(noteID))
			if cloud := strings.HasPrefix(format, "FORMAT_CLOUD"); (err == nil) != (ok && cloud) {
				t.Errorf("%s, id %q: %v", format, id, err)
			}
		}
		if _, err := r.Encode(context.Background(), probeOf(t, r, "{"+probeID+"}"), event.WithSource("a b")); !errors.Is(err, event.ErrInvalid) {
			t.Errorf("%s: a source with a blank: %v", format, err)
		}
	}
}

// The same id in capitals went to another partition.
func TestP15_UUIDsAreWrittenInLowerCase(t *testing.T) {
	t.Parallel()
	msg := &todov1.TodoCreated{TodoId: strings.ToUpper(todoID), UserId: strings.ToUpper(userID), Title: strings.ToUpper(noteID)}
	before := proto.Clone(msg)
	rec, err := event.Encode(context.Background(), msg)
	if err != nil {
		t.Fatal(err)
	}
	if string(rec.Key) != todoID || !strings.Contains(string(rec.Value), `"todo_id":"`+todoID+`","user_id":"`+userID+`","title":"`+strings.ToUpper(noteID)+`"`) {
		t.Errorf("key %s, value %s", rec.Key, rec.Value)
	}
	if !proto.Equal(before, msg) {
		t.Errorf("Encode changed the caller's message to %v", msg)
	}
	c, err := event.ContractOf(msg)
	if err != nil {
		t.Fatal(err)
	}
	if key, err := c.Key(msg); err != nil || key != todoID {
		t.Errorf("Key = %s, %v: a tombstone would go elsewhere", key, err)
	}
	r, err := event.NewRegistry(contracttest.Compile(t, map[string]string{"x.proto": contract("shop.v1", orders, placed, id+`
repeated string ids = 2 [(buf.validate.field).repeated.items.string.uuid = true, (buf.validate.field).repeated.unique = true];
map<string, string> by = 3 [(buf.validate.field).map.values.string.tuuid = true];
P p = 4; repeated P ps = 5; map<string, P> pm = 6; message P { string id = 1 [(buf.validate.field).string.uuid = true]; P p = 2; optional string text = 3; }`)}))
	if err != nil {
		t.Fatal(err)
	}
	upper := strings.ToUpper(userID)
	short := strings.ReplaceAll(userID, "-", "")
	rec, err = r.Encode(context.Background(), probeOf(t, r, `{`+probeID+`,"ids":["`+upper+`"],"by":{"`+upper+`":"`+strings.ToUpper(short)+`"},"p":{"id":"`+upper+`","p":{"id":"`+upper+`"}},"ps":[{"id":"`+upper+`"}],"pm":{"a":{"id":"`+upper+`","text":"ABC"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(rec.Value), upper); n != 1 || strings.Count(string(rec.Value), userID) != 5 || !strings.Contains(string(rec.Value), short) || !strings.Contains(string(rec.Value), `"ABC"`) {
		t.Errorf("value %s", rec.Value)
	}
	// Two texts of one UUID would be written as one, which no reader takes as unique.
	if _, err := r.Encode(context.Background(), probeOf(t, r, `{`+probeID+`,"ids":["`+upper+`","`+userID+`"]}`)); !errors.Is(err, event.ErrInvalid) {
		t.Errorf("two texts of one UUID: %v", err)
	}
}

// Of fields that become members of one oneof, all but one vanished.
func TestByNameIntoAOneof(t *testing.T) {
	t.Parallel()
	const both = `oneof pay { string card = 2; string iban = 3; }`
	for name, row := range map[string]struct {
		one, two string
		ok       bool
	}{
		"two fields":                  {"optional string card = 2; optional string iban = 3;", both, false},
		"two fields, implicit":        {"string card = 2; string iban = 3;", both, false},
		"two oneofs":                  {"oneof a { string card = 2; } oneof b { string iban = 3; }", both, false},
		"down":                        {both, "optional string card = 2; optional string iban = 3;", false},
		"the same oneof":              {both, `oneof other { string card = 5; string iban = 6; }`, true},
		"one field":                   {"optional string card = 2;", both, true},
		"in a part":                   {"P p = 2; message P { optional string a = 1; optional string b = 2; }", "P p = 2; message P { oneof o { string a = 1; string b = 2; } }", false},
		"a required oneof of one":     {"optional string card = 2;", `oneof pay { option (buf.validate.oneof).required = true; string card = 2; }`, false},
		"a required oneof of another": {`oneof a { option (buf.validate.oneof).required = true; string card = 2; string iban = 3; }`, `oneof b { option (buf.validate.oneof).required = true; string card = 2; string iban = 3; }`, true},
	} {
		_, err := event.NewRegistry(contracttest.Compile(t, map[string]string{
			"x.proto": contract("shop.v1", orders, placed, id+row.one),
			"y.proto": contract("shop.v2", `import "x.proto";`, placed+` from_previous: CONVERSION_BY_NAME`, id+row.two),
		}))
		if (err == nil) != row.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A later major that the program links, without a conversion down, turned Hold into dead
// letters: its records are of a known major.
func TestALinkedLaterMajorNeedsAConversion(t *testing.T) {
	t.Parallel()
	r, err := event.NewRegistry(contracttest.Compile(t, map[string]string{
		"x.proto": contract("shop.v1", orders, placed, id),
		"y.proto": contract("shop.v2", `import "x.proto";`, placed+` from_previous: CONVERSION_GO`, id),
	}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.NewReader([]proto.Message{dynamicpb.NewMessage(r.Contracts()[0].Descriptor)})
	if !errors.Is(err, event.ErrContract) || !strings.Contains(err.Error(), "no conversion from shop.v2.A to shop.v1.A") {
		t.Errorf("error %v", err)
	}
}
