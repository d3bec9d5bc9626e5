package recordview

import (
	"bytes"
	"encoding/json"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// payloadJSON is the message as compact JSON with the contract's field names; types are those of the contracts. It is
// not what a record holds: unknown fields are gone, and defaults are there.
func payloadJSON(m proto.Message, types event.Resolver) json.RawMessage {
	raw, err := protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true, AllowPartial: true, Resolver: types}.Marshal(m)
	if err != nil {
		// A message that Decode has made can be shown; if not, its line says why.
		raw, _ = json.Marshal("cannot be shown: " + err.Error())
		return raw
	}
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil { // protojson varies its blanks on purpose
		return raw
	}
	return b.Bytes()
}
