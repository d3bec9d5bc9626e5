package event_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/dynamicpb"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// Three majors that convert by name, enum values renumbered on the way and the
// message of a part renamed.
func threeMajors(t *testing.T) (*event.Registry, func(pkg, payload string) *dynamicpb.Message) {
	t.Helper()
	const byName = placed + ` from_previous: CONVERSION_BY_NAME`
	const part = `P p = 2; repeated P ps = 3; map<string, P> pm = 4; message P { optional string s = 1; P p = 2; } `
	fds := contracttest.Compile(t, map[string]string{
		"a1.proto": contract("shop.v1", orders, placed, id+part+`E e = 5; repeated E es = 6; enum E { Z = 0; X = 1; }`),
		"a2.proto": contract("shop.v2", `import "a1.proto";`, byName, id+strings.NewReplacer("P ", "Q ", "P>", "Q>").Replace(part)+`E e = 9; repeated E es = 6; enum E { Z = 0; Y = 1; X = 2; }`),
		"a3.proto": contract("shop.v3", `import "a1.proto";`, byName, id+strings.NewReplacer("P ", "Q ", "P>", "Q>").Replace(part)+`E e = 9; repeated E es = 6; enum E { Z = 0; Y = 1; X = 2; } optional int32 n = 7 [(eventcontracts.v1.field).default = "3"];`),
	})
	r, err := event.NewRegistry(fds)
	if err != nil {
		t.Fatal(err)
	}
	return r, func(pkg, payload string) *dynamicpb.Message {
		m := message(t, fds, pkg+".A")
		if err := protojson.Unmarshal([]byte(payload), m); err != nil {
			t.Fatal(err)
		}
		return m
	}
}

func TestMajorsByName(t *testing.T) {
	t.Parallel()
	r, of := threeMajors(t)
	const parts = `{"id":"` + todoID + `","p":{"s":"a","p":{}},"ps":[{"s":"b"}],"pm":{"k":{"s":"c"}}`
	rows := []struct{ name, from, payload, to, want string }{
		{"up twice", "shop.v1", parts + `,"e":"X","es":["X","Z"]}`, "shop.v3", parts + `,"e":"X","es":["X","Z"],"n":3}`},
		{"down twice", "shop.v3", parts + `,"e":"X","n":9}`, "shop.v1", parts + `,"e":"X"}`},
		{"down, value gone", "shop.v2", parts + `,"e":"Y"}`, "shop.v1", ""},
		{"down, value gone in a list", "shop.v2", parts + `,"es":["Y"]}`, "shop.v1", ""},
		{"up, unknown number", "shop.v1", parts + `,"e":7}`, "shop.v2", ""},
		{"same", "shop.v2", parts + `,"e":"Y"}`, "shop.v2", parts + `,"e":"Y"}`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			rec, err := r.Encode(context.Background(), of(row.from, row.payload))
			if err != nil {
				t.Fatal(err)
			}
			got := of(row.to, "{}")
			_, err = r.DecodeInto(rec, got)
			rd, e := r.NewReader([]proto.Message{got})
			if e != nil {
				t.Fatal(e)
			}
			_, read, e := rd.Read(rec)
			if row.want == "" {
				if event.ReasonOf(err) != event.ReasonConversionFailed || event.ReasonOf(e) != event.ReasonConversionFailed {
					t.Errorf("DecodeInto %v, Read %v, want conversion_failed", err, e)
				}
				return
			}
			if err != nil || e != nil {
				t.Fatal(err, e)
			}
			want := of(row.to, row.want)
			if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
				t.Errorf("DecodeInto (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(want, read, protocmp.Transform()); diff != "" {
				t.Errorf("Read (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeInto(t *testing.T) {
	t.Parallel()
	rec, err := event.Encode(context.Background(), created())
	if err != nil {
		t.Fatal(err)
	}
	// What was in the message goes.
	got := &todov2.TodoCreated{Tags: []string{"old"}}
	if _, err := event.DecodeInto(rec, got); err != nil || len(got.GetTags()) != 0 || got.GetTitle() == "" {
		t.Errorf("message %v, %v", got, err)
	}
	if _, err := event.DecodeInto(rec, &todov1.TodoDeleted{}); event.ReasonOf(err) != event.ReasonUnknownType {
		t.Errorf("another event: %v", err)
	}
	for name, msg := range map[string]proto.Message{"nil": nil, "typed nil": (*todov1.TodoCreated)(nil)} {
		if _, err := event.DecodeInto(rec, msg); !errors.Is(err, event.ErrContract) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A message of another copy of the contracts is refused, and nothing panics.
func TestMessageOfOtherContracts(t *testing.T) {
	t.Parallel()
	r, err := event.NewRegistry(contracttest.Compile(t, map[string]string{"x.proto": contract("shop.v1", orders, placed, id+`optional string s = 2 [(eventcontracts.v1.field).default = "x"];`)}))
	if err != nil {
		t.Fatal(err)
	}
	other := contracttest.Compile(t, map[string]string{"x.proto": contract("shop.v1", orders, placed, id)})
	if _, err := r.Encode(context.Background(), message(t, other, "shop.v1.A")); !errors.Is(err, event.ErrContract) || !strings.Contains(err.Error(), "although its name is the same") {
		t.Errorf("error %v", err)
	}
	if _, err := r.Contracts()[0].Key(message(t, other, "shop.v1.A")); err == nil {
		t.Error("Key takes a message of other contracts")
	}
}

// A conversion by name that cannot work is refused where it is passed on.
func TestConversionByNameMustMap(t *testing.T) {
	t.Parallel()
	wrong := event.ByName[*todov1.TodoCreated, *todov1.TodoDeleted]()
	if _, err := event.NewRegistry(protoregistry.GlobalFiles, wrong); !errors.Is(err, event.ErrContract) {
		t.Errorf("error %v", err)
	}
}

func TestEncodeMetadata(t *testing.T) {
	t.Parallel()
	ctx := event.ContextWith(context.Background(), event.Metadata{ID: noteID, CorrelationID: todoID})
	rec, md, err := event.Linked().EncodeMetadata(ctx, created(), event.WithSource("/s"))
	if err != nil {
		t.Fatal(err)
	}
	read, err := event.Head(rec)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(md, read); diff != "" || md.CausationID != noteID || md.CorrelationID != todoID {
		t.Errorf("metadata (-told +written):\n%s", diff)
	}
	var refused *event.InvalidError
	_, md, err = event.Linked().EncodeMetadata(ctx, &todov1.TodoCreated{})
	if !errors.As(err, &refused) || md.ID == "" || md != refused.Metadata {
		t.Errorf("metadata %+v, %v", md, err)
	}
}
