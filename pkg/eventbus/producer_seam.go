package eventbus

import (
	"context"

	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/internal/seam"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// The benchmarks measure the bus alone with this, codec and validation replaced.
func init() {
	seam.ReplaceEncoder = func(producer any, encode seam.Encoder) {
		producer.(*Producer).encode = func(ctx context.Context, msg proto.Message, _ []event.Option) (encoded, error) {
			rec, id, err := encode(ctx, msg)
			return encoded{rec: rec, id: id}, err
		}
	}
}
