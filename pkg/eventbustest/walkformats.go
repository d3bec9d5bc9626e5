package eventbustest

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// formats are all that a topic's contract can choose. A topic may change its format, and
// so may not depend on the one that it has.
var formats = []eventcontractsv1.Format{
	eventcontractsv1.Format_FORMAT_ENVELOPE, eventcontractsv1.Format_FORMAT_FLAT,
	eventcontractsv1.Format_FORMAT_CLOUDEVENTS, eventcontractsv1.Format_FORMAT_CLOUDEVENTS_BINARY,
}

// walkFormats writes each payload in each format and reads it back.
func walkFormats(t *testing.T, files *protoregistry.Files, payloads []payload) {
	for _, format := range formats {
		t.Run(event.Format(format).String(), func(t *testing.T) {
			t.Parallel()
			changed, err := descriptor.Variant(files,
				func(o *eventcontractsv1.TopicOptions) { o.Format = format },
				func(protoreflect.FullName, *eventcontractsv1.EventOptions) bool { return true })
			if err != nil {
				t.Fatal(err)
			}
			// An event that may not have this format is missing, such as one whose key is
			// personal and would be a header.
			r, err := event.NewRegistry(changed)
			if err != nil {
				t.Logf("not every event may have this format:\n%v", err)
			}
			for _, p := range payloads {
				k := contractIn(r, p.event())
				if k == nil {
					continue
				}
				msg := p.in(t, r)
				if msg == nil {
					continue
				}
				if _, err := r.ContractOf(msg); err != nil {
					continue // it was logged
				}
				rec, err := r.Encode(t.Context(), msg, event.WithSource("/walk"))
				if err != nil {
					t.Errorf("write %s of %s: %v", p.name, p.event(), err)
					continue
				}
				md, back, err := r.Decode(rec)
				switch {
				case err != nil:
					t.Errorf("read %s of %s again: %v", p.name, p.event(), err)
				case !proto.Equal(msg, back):
					t.Errorf("%s of %s was read as another event:\n%v\n%v", p.name, p.event(), msg, back)
				case md.Type != k.Type || md.Version != k.Version():
					t.Errorf("%s of %s was read as %s %s", p.name, p.event(), md.Type, md.Version)
				}
			}
		})
	}
}
