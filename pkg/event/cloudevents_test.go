package event_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

const notUTF8 = "\xff"

// attributes are those of a good CloudEvent.
var attributes = [][2]string{
	{"specversion", "1.0"},
	{"id", "any id"},
	{"type", "TodoCreated"},
	{"source", "/s"},
	{"time", "2026-11-23T21:51:31Z"},
	{"eventversion", "1.0"},
}

// cloudEvents writes a CloudEvent in both modes. change replaces an attribute's
// value; "-" removes it.
func cloudEvents(name, value string) map[string]event.Record {
	var members strings.Builder
	var headers []event.Header
	seen := false
	add := func(name, value string) {
		fmt.Fprintf(&members, "%q:%s,", name, quoted(value))
		headers = append(headers, event.Header{Key: "ce_" + name, Value: []byte(value)})
	}
	for _, a := range attributes {
		switch {
		case a[0] != name:
			add(a[0], a[1])
		case value != "-":
			add(name, value)
			fallthrough
		default:
			seen = true
		}
	}
	if !seen && name != "" {
		add(name, value)
	}
	return map[string]event.Record{
		"structured": {Topic: "todos", Value: []byte("{" + members.String() + `"data":{` + goodData + "}}"), Headers: []event.Header{{Key: "content-type", Value: []byte("application/cloudevents+json")}}},
		"binary":     {Topic: "todos", Value: []byte("{" + goodData + "}"), Headers: headers},
	}
}

// quoted is a JSON string; control characters and bytes that are no UTF-8 stay
// as they are.
func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

func TestBadAttributes(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1<<20)
	rows := []struct {
		name, attribute, value string
		want                   event.Reason
	}{
		{"good", "", "", accepted},
		{"specversion 0.3", "specversion", "0.3", undecodable},
		{"specversion empty", "specversion", "", undecodable},
		{"id missing", "id", "-", undecodable},
		{"id empty", "id", "", undecodable},
		{"id longest", "id", long[:256], accepted},
		{"id longest in characters", "id", strings.Repeat("ä", 256), accepted},
		{"id too long", "id", long[:257], undecodable},
		{"id 1 MiB", "id", long, undecodable},
		{"type missing", "type", "-", undecodable},
		{"type empty", "type", "", undecodable},
		{"type unknown", "type", "../x", event.ReasonUnknownType},
		{"type 10 KiB", "type", long[:10240], undecodable},
		{"source missing", "source", "-", undecodable},
		{"source empty", "source", "", undecodable},
		{"time missing", "time", "-", undecodable},
		{"time without zone", "time", "2026-11-23T21:51:31", undecodable},
		{"time year 0", "time", "0000-01-01T00:00:00Z", undecodable},
		{"time year 10000", "time", "10000-01-01T00:00:00Z", undecodable},
		{"time of year 0 by its offset", "time", "0001-01-01T00:00:00+01:00", undecodable},
		{"time leap second", "time", "2016-12-31T23:59:60Z", undecodable},
		{"time long", "time", "2026-11-23T21:51:31." + strings.Repeat("0", 1<<20) + "Z", undecodable},
		{"version missing", "eventversion", "-", undecodable},
		{"version zero", "eventversion", "0.0", undecodable},
		{"version negative", "eventversion", "1.-1", undecodable},
		{"version huge", "eventversion", "1000000000.0", undecodable},
		{"version plus", "eventversion", "+1.0", undecodable},
		{"version full-width digits", "eventversion", "１.0", undecodable},
		{"version ahead", "eventversion", "9.0", event.ReasonUnsupportedVersion},
		{"correlation text", "correlationid", "request 1", accepted},
		{"correlation too long", "correlationid", long[:257], undecodable},
		{"causation too long", "causationid", long[:257], undecodable},
		{"unknown attribute", "traceparent", "x", accepted},
	}
	for _, row := range rows {
		for mode, rec := range cloudEvents(row.attribute, row.value) {
			t.Run(row.name+"/"+mode, func(t *testing.T) {
				t.Parallel()
				_, _, err := event.Decode(rec)
				if got := event.ReasonOf(err); got != row.want || (err == nil) != (row.want == "") {
					t.Errorf("reason %q (%v), want %q", got, err, row.want)
				}
			})
		}
	}
	// Text that is no UTF-8: JSON cannot have it, a header can.
	records := cloudEvents("id", notUTF8)
	if _, _, err := event.Decode(records["structured"]); event.ReasonOf(err) != notAnEvent {
		t.Errorf("structured: %v", err)
	}
	if _, _, err := event.Decode(records["binary"]); event.ReasonOf(err) != undecodable {
		t.Errorf("binary: %v", err)
	}
}

// What is no event as a value is undecodable where headers tell the format.
func TestBadBinaryValue(t *testing.T) {
	t.Parallel()
	good := "{" + goodData + "}"
	headers := cloudEvents("", "")["binary"].Headers
	values := []string{
		"", " ", "null", "[1]", "1", `"x"`, good + "x", good + good, "\ufeff" + good, "{\x00}\x00", "\x00\x00\x00\x00\x01abc", "\x1f\x8b\x08", "Obj\x01",
		"\x0a\xff\xff\xff\xff\x0f", "\x0b\x0c", "{" + strings.Repeat(`"a":[`, 3), `{"todo_id":` + strings.Repeat("[", 1_000_000), "\xff\xfe{\x00}\x00",
	}
	for i := range good {
		values = append(values, good[:i])
	}
	for _, v := range values {
		if _, _, err := event.Decode(event.Record{Topic: "todos", Value: []byte(v), Headers: headers}); event.ReasonOf(err) != undecodable {
			t.Errorf("%.40q: %v", v, err)
		}
	}
}

// SDKs write what they were given as bytes as data_base64, JSON or not.
func TestDataBase64(t *testing.T) {
	t.Parallel()
	of := base64.StdEncoding.EncodeToString
	payload := `"data_base64":"` + of([]byte("{"+goodData+"}")) + `"`
	rows := []struct {
		name, members string
		want          event.Reason
	}{
		{"instead of data", payload, accepted},
		{"with escapes", strings.Replace(payload, `"ey`, `"\u0065y`, 1), accepted},
		{"data null", payload + `,"data":null`, accepted},
		{"null beside data", `"data_base64":null,"data":{` + goodData + "}", accepted},
		{"beside data", payload + `,"data":{` + goodData + "}", undecodable},
		{"null alone", `"data_base64":null`, undecodable},
		{"empty", `"data_base64":""`, undecodable},
		{"no text", `"data_base64":{` + goodData + "}", undecodable},
		{"no Base64", `"data_base64":"{}"`, undecodable},
		{"no JSON in it", `"data_base64":"` + of([]byte("\x00\x01")) + `"`, undecodable},
		{"more after the JSON in it", `"data_base64":"` + of([]byte("{"+goodData+"}x")) + `"`, undecodable},
		{"a member twice in it", `"data_base64":"` + of([]byte("{"+goodData+","+goodData+"}")) + `"`, undecodable},
		{"too deep in it", `"data_base64":"` + of([]byte(`{"x":`+strings.Repeat("[", 1_000_000))) + `"`, undecodable},
		{"twice", payload + "," + payload, notAnEvent},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			rec := cloudEvents("", "")["structured"]
			_, want, err := event.Decode(rec)
			if err != nil {
				t.Fatal(err)
			}
			rec.Value = []byte(strings.Replace(string(rec.Value), `"data":{`+goodData+"}", row.members, 1))
			_, got, err := event.Decode(rec)
			if reason := event.ReasonOf(err); reason != row.want || (err == nil) != (row.want == "") {
				t.Fatalf("reason %q (%v), want %q", reason, err, row.want)
			}
			if err == nil {
				if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// A record cut at any byte is no event, whatever the format of its value.
func TestTruncation(t *testing.T) {
	t.Parallel()
	for name, good := range map[string]event.Record{
		"envelope":   {Topic: "todos", Value: []byte("{" + goodMeta + `,"data":{` + goodData + "}}")},
		"structured": cloudEvents("", "")["structured"],
	} {
		if _, _, err := event.Decode(good); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for i := range good.Value {
			rec := good
			rec.Value = good.Value[:i]
			if _, _, err := event.Decode(rec); event.ReasonOf(err) != notAnEvent {
				t.Errorf("%s cut at byte %d: %v", name, i, err)
			}
		}
	}
}

func TestHeadersAndKeys(t *testing.T) {
	t.Parallel()
	flatValue := []byte("{" + goodMeta + "," + goodData + "}")
	header := func(kv ...string) (out []event.Header) {
		for i := 0; i < len(kv); i += 2 {
			out = append(out, event.Header{Key: kv[i], Value: []byte(kv[i+1])})
		}
		return out
	}
	many := make([]event.Header, 0, 10_000)
	for i := range cap(many) {
		many = append(many, event.Header{Key: fmt.Sprint("h", i), Value: []byte("v")})
	}
	spoofed := header("dlq-topic", "other", "dlq-reason", "x", "redrive-count", "99", "redrive-group", "g", "event_type", "TodoDeleted", "event_id", "x")
	rows := []struct {
		name    string
		headers []event.Header
		key     []byte
		want    event.Reason
	}{
		{"none", nil, nil, accepted},
		{"10000", many, nil, accepted},
		{"10000 of one name", make([]event.Header, 10_000), nil, accepted},
		{"empty key", header("", "x"), nil, accepted},
		{"key not UTF-8", header("\xff\x00", "\xff"), nil, accepted},
		{"CR and LF", header("a\r\nce_specversion: 1.0", "x\r\ny"), nil, accepted},
		{"spoofed history", spoofed, nil, accepted},
		{"content-type unknown", header("content-type", "text/plain"), nil, accepted},
		{"content-type of another charset", header("content-type", "application/json; charset=utf-16"), nil, accepted},
		{"content-type 1 MiB", header("content-type", strings.Repeat("x", 1<<20)), nil, accepted},
		{"content-type of CloudEvents, flat value", header("content-type", "Application/CloudEvents+JSON; charset=utf-16"), nil, undecodable},
		{"content-type twice, the last counts", header("content-type", "application/cloudevents+json", "content-type", "application/json"), nil, accepted},
		{"content-type twice, CloudEvents last", header("content-type", "application/json", "content-type", "application/cloudevents+json"), nil, undecodable},
		{"specversion header, flat value", header("ce_specversion", "1.0"), nil, undecodable},
		{"specversion header in other case", header("CE_specversion", "1.0"), nil, accepted},
		{"specversion header null", []event.Header{{Key: "ce_specversion"}}, nil, accepted},
		{"key of another todo", nil, []byte(userID), accepted},
		{"key 1 MiB", nil, make([]byte, 1<<20), accepted},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			md, msg, err := event.Decode(event.Record{Topic: "todos", Key: row.key, Value: flatValue, Headers: row.headers})
			if got := event.ReasonOf(err); got != row.want || (err == nil) != (row.want == "") {
				t.Errorf("reason %q (%v), want %q", got, err, row.want)
			}
			if err == nil && (md.Type != "TodoCreated" || md.ID != noteID || msg == nil) {
				t.Errorf("metadata %+v", md)
			}
		})
	}
	// Headers and value of a binary CloudEvent disagree: the headers count.
	binary := cloudEvents("", "")["binary"]
	binary.Value = []byte("{" + with(goodMeta, "event_type", `"TodoDeleted"`) + "," + goodData + "}")
	if md, _, err := event.Decode(binary); err != nil || md.Type != "TodoCreated" || md.ID != "any id" {
		t.Errorf("metadata %+v, %v", md, err)
	}
}
