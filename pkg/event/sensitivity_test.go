package event_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	auditv1 "github.com/eventcontracts/eventcontracts/gen/events/audit/v1"
	notificationv1 "github.com/eventcontracts/eventcontracts/gen/events/notification/v1"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// canary is a value that may show nowhere but in the payload.
const canary = "canary@example.com"

// secrets is a contract whose rules try to tell the value.
const secrets = `string id = 1 [(buf.validate.field).string.uuid = true];
optional string s = 2 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_SECRET,
  (buf.validate.field).cel = {id: "telling" expression: "this == '' ? '' : 'it may not be ' + this"},
  (buf.validate.field).cel = {id: "static" message: "it must be empty" expression: "this == ''"}];
optional string in = 3 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_PERSONAL, (buf.validate.field).string = {in: ["a"]}];
map<string, int32> m = 4 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_PERSONAL, (buf.validate.field).map.values.int32.gt = 5, (buf.validate.field).map.keys.string.max_len = 3];
optional string n = 5 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_PERSONAL, (buf.validate.field).cel = {id: "broken" message: "m" expression: "int(this) > 0"}];
optional int32 i = 6 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_SECRET];
repeated string l = 7 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_SECRET, (buf.validate.field).repeated = {unique: true items: {string: {pattern: "^x$"}}}];
P p = 8; message P { optional string s = 1 [(eventcontracts.v1.field).sensitivity = SENSITIVITY_SECRET, (buf.validate.field).string.const = "x"]; }
google.protobuf.Duration d = 9; google.protobuf.Timestamp t = 10;`

// shows fails if anything that a log, header or page may take has the canary.
func shows(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	texts := []string{err.Error(), fmt.Sprintf("%v", err), fmt.Sprintf("%+v", err)}
	var read *event.Error
	var written *event.InvalidError
	var violations []event.Violation
	if errors.As(err, &read) {
		violations = read.Violations
		texts = append(texts, fmt.Sprintf("%+v", read.Metadata))
	}
	if errors.As(err, &written) {
		violations = written.Violations
		texts = append(texts, fmt.Sprintf("%+v", written.Metadata))
	}
	raw, e := json.Marshal(violations)
	if e != nil {
		t.Fatal(e)
	}
	for _, text := range append(texts, string(raw)) {
		if strings.Contains(text, canary) {
			t.Errorf("it shows the value: %s", text)
		}
	}
}

func TestValuesStayHidden(t *testing.T) {
	t.Parallel()
	fds := contracttest.Compile(t, map[string]string{"x.proto": contract("secrets.v1", orders, placed, secrets)})
	r, err := event.NewRegistry(fds)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]struct{ member, want string }{
		"expression":          {`"s":"` + canary + `"`, "s: telling"},
		"set":                 {`"in":"` + canary + `"`, "in: string.in"},
		"map key":             {`"m":{"` + canary + `":9}`, "m[*]: string.max_len"},
		"map value":           {`"m":{"` + canary + `":1}`, "m[*]: int32.gt"},
		"expression fails":    {`"n":"` + canary + `"`, "expression cannot be evaluated"},
		"wrong type":          {`"i":"` + canary + `"`, "field i"},
		"list":                {`"l":["` + canary + `"]`, "l[0]: string.pattern"},
		"list twice":          {`"l":["` + canary + `","` + canary + `"]`, "l: repeated.unique"},
		"part":                {`"p":{"s":"` + canary + `"}`, "p.s: string.const"},
		"duration":            {`"d":"` + canary + `"`, "not the JSON"},
		"time":                {`"t":"` + canary + `"`, "field t: it is not an RFC 3339 time"},
		"map key of a number": {`"m":{"` + canary + `":"` + canary + `"}`, "not the JSON"},
		"map key twice":       {`"m":{"` + canary + `":9,"` + canary + `":9}`, "not the JSON"},
		"object for a text":   {`"s":{"` + canary + `":1}`, "not the JSON"},
		"syntax":              {`"s":"` + canary + `" "` + canary + `"`, "comma"},
	}
	for name, row := range rows {
		for format, rec := range inEachFormat(probeID + "," + row.member) {
			t.Run(name+"/"+format, func(t *testing.T) {
				t.Parallel()
				_, _, err := r.Decode(rec)
				shows(t, err)
				if !strings.Contains(err.Error(), row.want) {
					t.Errorf("error %v, want %q in it", err, row.want)
				}
			})
		}
	}
	// An unknown member's name can be a value too.
	for format, rec := range inEachFormat(probeID + `,"` + canary + `":1,"` + canary + `":1}`) {
		_, _, err := r.Decode(rec)
		t.Run("name/"+format, func(t *testing.T) { shows(t, err) })
	}
	// What the contract itself says is shown, so that people learn the cause.
	_, _, err = r.Decode(inEachFormat(probeID + `,"s":"x"`)["flat"])
	var e *event.Error
	if !errors.As(err, &e) || len(e.Violations) != 2 || e.Violations[0].Message != "" || e.Violations[1].Message != "it must be empty" {
		t.Errorf("violations %+v, want the message of one of two", e)
	}
}

func TestMetadataIsCutInErrors(t *testing.T) {
	t.Parallel()
	for name, meta := range map[string]string{
		"type":    with(goodMeta, "event_type", `"`+strings.Repeat("x", 256)+`"`),
		"escapes": with(goodMeta, "event_type", `"x\u001b[2J\r\nlevel=INFO"`),
		"version": with(goodMeta, "event_version", `"`+strings.Repeat("1", 256)+`"`),
	} {
		_, _, err := event.Decode(event.Record{Topic: strings.Repeat("t", 249), Value: []byte("{" + meta + "," + goodData + "}")})
		if err == nil || len(err.Error()) > 600 || strings.ContainsAny(err.Error(), "\x1b\r\n") {
			t.Errorf("%s: %q", name, err)
		}
	}
	_, err := event.Encode(context.Background(), created(), event.WithID(strings.Repeat("x", 1<<20)))
	if err == nil || len(err.Error()) > 600 {
		t.Errorf("id: %d characters", len(err.Error()))
	}
	_, err = event.Encode(context.Background(), created(), event.WithCorrelation("\x1b"+strings.Repeat("x", 1<<20)))
	if err == nil || len(err.Error()) > 600 || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("correlation id: %.600q", err)
	}
}

func TestEncodeHidesValues(t *testing.T) {
	t.Parallel()
	updated := &todov1.TodoUpdated{TodoId: todoID, UserId: userID, UpdatedFields: []string{"x"}, Changes: &structpb.Struct{Fields: map[string]*structpb.Value{canary: {}}}}
	for name, msg := range map[string]proto.Message{
		"address":            &notificationv1.EmailNotificationSent{NotificationId: noteID, UserId: userID, Recipient: canary + " x", Template: "t", SentAt: timestamppb.Now()},
		"ip":                 &auditv1.AuditLogin{UserId: userID, Outcome: "success", IpAddress: canary, OccurredAt: timestamppb.Now()},
		"not UTF-8":          &notificationv1.EmailNotificationSent{NotificationId: noteID, UserId: userID, Recipient: "a@b.c", Template: canary + "\xff", SentAt: timestamppb.Now()},
		"Value without kind": updated,
	} {
		_, err := event.Encode(context.Background(), msg)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shows(t, err)
			if !errors.Is(err, event.ErrInvalid) {
				t.Errorf("error %v, want ErrInvalid", err)
			}
		})
	}
}

// A conversion's own text is shown only where no field is personal or secret.
func TestConversionErrors(t *testing.T) {
	t.Parallel()
	cause := errors.New("cannot convert " + canary)
	rec, err := event.Encode(context.Background(), created())
	if err != nil {
		t.Fatal(err)
	}
	rd, err := event.NewReader([]proto.Message{&todov2.TodoCreated{}},
		event.Convert(func(*todov1.TodoCreated) (*todov2.TodoCreated, error) { return nil, cause }))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = rd.Read(rec)
	if event.ReasonOf(err) != event.ReasonConversionFailed || !strings.Contains(err.Error(), canary) || !errors.Is(err, cause) {
		t.Errorf("nothing to hide: %v", err)
	}
}
