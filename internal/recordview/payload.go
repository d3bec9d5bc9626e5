package recordview

import (
	"encoding/json"

	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/internal/disclosure"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// payloadJSON is the message as compact JSON with the contract's field names; types are
// those of the contracts. It is not what a record holds: unknown fields are gone, and
// defaults are there.
func payloadJSON(m proto.Message, types event.Resolver, reveal bool) json.RawMessage {
	write := disclosure.JSON
	if reveal {
		write = disclosure.Whole
	}
	raw, err := write(m, types)
	if err != nil {
		// A message that Decode has made can be shown; if not, its line says why.
		raw, _ = json.Marshal("cannot be shown: " + err.Error())
	}
	return raw
}
