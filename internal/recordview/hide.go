package recordview

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/disclosure"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// What is shown without --reveal follows the rule of package disclosure. So of
//
//   - a decoded payload, the fields that are sensitive are hidden, however deep;
//   - a value that could not be decoded, nothing is shown if a contract of its topic has
//     a sensitive field, whatever type it claims, since the bytes may hold it;
//   - a key, nothing is shown if it is taken from such a field, or may be;
//   - without contracts, neither value nor key is shown: any may be such a one;
//   - the headers of a record of such a contract, only those are shown whose values
//     are known to be of another kind.
//
// A record of a topic without contracts is shown as it is.

// mayBe are the contracts that a record of a topic may have been written by: if
// its type is not known, all of the topic. What is in a dead-letter topic without the
// headers of a dead letter may be of every topic that its name begins with.
func (v Viewer) mayBe(topic, typ string) []*event.Contract {
	derived := topicname.EndsAsDeadLetter(topic) || topicname.EndsAsRedrive(topic)
	var all, ofType []*event.Contract
	for _, k := range v.Catalog.Contracts() {
		if k.Topic.Name != topic && !(derived && strings.HasPrefix(topic, k.Topic.Name+".")) {
			continue
		}
		all = append(all, k)
		if k.Type == typ {
			ofType = append(ofType, k)
		}
	}
	if len(ofType) > 0 {
		return ofType
	}
	return all
}

// hides reports whether a record of a topic may hold what is sensitive: then a value
// that could not be decoded is not shown.
func (v Viewer) hides(topic, typ string) bool {
	return !v.Reveal && (v.Catalog == nil || slices.ContainsFunc(v.mayBe(topic, typ), func(k *event.Contract) bool {
		return descriptor.ReachesSensitive(k.Descriptor)
	}))
}

// hidesKey reports whether a key may be sensitive: taken from such a field, or of an
// event without a key field, where it is whatever its writer wanted.
func (v Viewer) hidesKey(topic, typ string) bool {
	return !v.Reveal && (v.Catalog == nil || slices.ContainsFunc(v.mayBe(topic, typ), func(k *event.Contract) bool {
		return descriptor.PassesSensitive(k.Descriptor, k.KeyPath) || k.Unkeyed && descriptor.ReachesSensitive(k.Descriptor)
	}))
}

// foreignKey reports whether the key of an event with sensitive fields is not the one
// that its contract gives it: then nobody knows what its writer took it from.
func (v Viewer) foreignKey(rec event.Record, msg proto.Message) bool {
	k, err := v.Catalog.Registry.ContractOf(msg)
	if v.Reveal || err != nil || !descriptor.ReachesSensitive(k.Descriptor) {
		return false
	}
	key, err := k.Key(msg)
	return err != nil || key != string(rec.Key)
}

// key hides a key that may be sensitive; text and binary are as of jsonKey.
func (v Viewer) key(topic, typ string, text *string, binary string) (*string, string) {
	if text == nil || !v.hidesKey(topic, typ) {
		return text, binary
	}
	hidden := disclosure.Hidden
	return &hidden, ""
}
