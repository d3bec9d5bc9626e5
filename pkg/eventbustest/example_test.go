package eventbustest_test

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

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

// creator is what a service may look like: it takes what it calls of a producer.
type creator struct {
	events interface {
		Publish(ctx context.Context, msg proto.Message, opts ...event.Option) (eventbus.Receipt, error)
	}
}

func (c creator) create(ctx context.Context, title string) error {
	_, err := c.events.Publish(ctx, &todov1.TodoCreated{
		TodoId: "75c3a7cf-305a-4632-99f7-e2a7eeb089cb", UserId: "0b7ee32c-1ccf-4d2f-8c5c-3f5f0f4d2b11", Title: title,
	})
	return err
}

// What a service publishes is looked at, and an outcome is made up, without a broker.
func ExampleProducer() {
	fake := &eventbustest.Producer{}
	service := creator{fake}
	fmt.Println(service.create(context.Background(), "Buy milk"))
	for _, e := range eventbustest.PublishedOf[*todov1.TodoCreated](fake) {
		fmt.Println("published:", e.GetTitle())
	}

	fake.Fail = func(eventbustest.Published) error { return eventbus.ErrIndeterminate }
	err := service.create(context.Background(), "Buy bread")
	fmt.Println("unknown:", errors.Is(err, eventbus.ErrIndeterminate))
	fmt.Println("invalid:", errors.Is(service.create(context.Background(), ""), eventbus.ErrInvalid))
	// Output:
	// <nil>
	// published: Buy milk
	// unknown: true
	// invalid: true
}

// A handler's function is called as it is at its third attempt.
func ExampleDeliver_attempt() {
	handle := func(ctx context.Context, e *todov1.TodoCreated) error {
		d, _ := eventbus.DeliveryFrom(ctx)
		tenant, _ := d.Header("tenant")
		fmt.Printf("%q of %s, attempt %d\n", e.GetTitle(), tenant, d.Attempt)
		return nil
	}
	ctx := eventbus.ContextWithDelivery(context.Background(), eventbus.Delivery{
		Attempt: 3, Headers: []event.Header{{Key: "tenant", Value: []byte("acme")}},
	})
	cfg := eventbus.ConsumerConfig{Group: "notifier", Handlers: []eventbus.Handler{eventbus.Handle(handle)}}
	todo := &todov1.TodoCreated{TodoId: "75c3a7cf-305a-4632-99f7-e2a7eeb089cb", UserId: "0b7ee32c-1ccf-4d2f-8c5c-3f5f0f4d2b11", Title: "Buy milk"}
	fmt.Println(eventbustest.Deliver(ctx, cfg, todo))
	// Output:
	// "Buy milk" of acme, attempt 3
	// <nil>
}
