// Package seam lets the benchmarks, which are a module of their own, take parts
// of the bus out. Nothing that a user can import does.
package seam

import (
	"context"

	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Encoder makes a record of a message, and tells its event id.
type Encoder func(ctx context.Context, msg proto.Message) (event.Record, string, error)

// ReplaceEncoder replaces codec and validation of an *eventbus.Producer that
// nobody uses yet. Package eventbus sets it.
var ReplaceEncoder func(producer any, encode Encoder)
