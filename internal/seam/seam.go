// Package seam lets the benchmarks, which are a module of their own, take parts
// of the bus out, and test support reach its inside. Nothing that a user can
// import does.
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

// Decoder reads a record.
type Decoder func(rec event.Record) (event.Metadata, proto.Message, error)

// ReplaceDecoder replaces codec and validation of an *eventbus.Consumer that
// does not run yet. Package eventbus sets it.
var ReplaceDecoder func(consumer any, decode Decoder)

// Deliver makes one attempt at a record as a consumer of cfg, an
// eventbus.ConsumerConfig, does. Package eventbus sets it.
var Deliver func(ctx context.Context, cfg any, rec event.Record) error
