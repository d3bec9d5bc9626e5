package event_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/eventctx"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// deliveryContext answers the shared key itself, as pkg/eventbus does.
type deliveryContext struct {
	context.Context
	md *event.Metadata
}

func (c *deliveryContext) Value(key any) any {
	if key == eventctx.Metadata {
		return c.md
	}
	return c.Context.Value(key)
}

func TestMetadataFrom(t *testing.T) {
	t.Parallel()
	bg := context.Background()
	md := event.Metadata{ID: noteID, Type: "TodoCreated", CorrelationID: todoID}
	rows := []struct {
		name string
		ctx  context.Context
		want event.Metadata
		ok   bool
	}{
		{"none", bg, event.Metadata{}, false},
		{"value", event.ContextWith(bg, md), md, true},
		{"pointer", &deliveryContext{bg, &md}, md, true},
		{"nil pointer", &deliveryContext{bg, nil}, event.Metadata{}, false},
		{"inner wins", event.ContextWith(&deliveryContext{bg, &event.Metadata{ID: userID}}, md), md, true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, ok := event.MetadataFrom(row.ctx)
			if ok != row.ok {
				t.Errorf("ok %v, want %v", ok, row.ok)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("metadata (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMetadataFromPointerCosts(t *testing.T) {
	md := event.Metadata{ID: noteID}
	var ctx context.Context = &deliveryContext{context.Background(), &md}
	if n := testing.AllocsPerRun(100, func() {
		if _, ok := event.MetadataFrom(ctx); !ok {
			t.Error("no metadata")
		}
	}); n != 0 {
		t.Errorf("%v allocations for each call, want none", n)
	}
}
