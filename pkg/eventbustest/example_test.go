package eventbustest_test

import (
	"context"
	"fmt"

	todoconversions "github.com/eventcontracts/eventcontracts/conversions/todo"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/eventbustest"
)

// A handler of major 2 is tested with an event of major 1, and no broker.
func ExampleDeliver() {
	cfg := eventbus.ConsumerConfig{
		Group:       "notifier",
		Conversions: todoconversions.Conversions,
		Handlers: []eventbus.Handler{
			eventbus.Handle(func(ctx context.Context, e *todov2.TodoCreated) error {
				md, _ := event.MetadataFrom(ctx)
				fmt.Printf("published as %s: %q, priority %s, %d tags\n", md.Version, e.GetTitle(), e.GetPriority(), len(e.GetTags()))
				return nil
			}),
		},
	}
	err := eventbustest.Deliver(context.Background(), cfg, &todov1.TodoCreated{
		TodoId: "75c3a7cf-305a-4632-99f7-e2a7eeb089cb",
		UserId: "0b7ee32c-1ccf-4d2f-8c5c-3f5f0f4d2b11",
		Title:  "Buy milk",
	})
	fmt.Println(err)
	// Output:
	// published as 1.0: "Buy milk", priority medium, 0 tags
	// <nil>
}
