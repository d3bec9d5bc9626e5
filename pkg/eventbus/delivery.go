package eventbus

import "context"

// Delivery says where the handled event came from.
type Delivery struct {
	Topic     string // as subscribed: the redrive topic for a redriven event
	Partition int32
	Offset    int64

	// Attempt counts the handler's calls for this record in this process, from
	// 1.
	Attempt int

	// Redriven says that the event comes back from the dead letters: it is late,
	// and newer events of its key may have been handled.
	Redriven bool
}

// DeliveryFrom returns the delivery of the event being handled.
func DeliveryFrom(ctx context.Context) (Delivery, bool) {
	h := attemptOf(ctx)
	if h == nil {
		return Delivery{}, false
	}
	return h.delivery, true
}
