package codec_test

import (
	"fmt"
	"testing"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Members beside the metadata that tell formats apart, and ends of the object that are
// none: both once passed where generated code read the record in one pass.
func TestWhatStandsBesideMetadata(t *testing.T) {
	t.Parallel()
	for _, p := range pairs(t) {
		t.Run(p.name(), func(t *testing.T) {
			t.Parallel()
			head := fmt.Sprintf(`{"event_id":%q,"event_type":%q,"event_version":"%d.0","timestamp":"2026-01-02T03:04:05Z","correlation_id":null,"causation_id":null,"source":"/codec"`, eventID, p.fast.Type, p.fast.Major)
			for _, rest := range []string{
				`}`, `,}`, `, }`, `,`, ``, `,,}`, `,"x":1}`, `,"specversion":null}`, `,"specversion":null,"x":1}`, `,"specversion":null,"id":"75c3a7cf-305a-4632-99f7-e2a7eeb089cb","type":"x"}`, `,"type":null,"x":1}`, `,"id":null,"type":null}`,
				`,"specversion":"1.0","id":"a","type":"b","source":"/c"}`, `,"source":null}`, `,"correlation_id":null}`, `,"correlation_id":null,"correlation_id":null}`,
				`,"data":{}}`, `,"data":{},}`, `,"data":{}},`, `,"data":null}`, `,"data":{}}}`, `,"specversion":null,"data":{}}`, `,"data_base64":null}`, `,"datacontenttype":null}`,
			} {
				for _, contentType := range []string{"", "application/cloudevents+json"} {
					rec := event.Record{Topic: p.fast.Topic.Name, Value: []byte(head + rest)}
					if contentType != "" {
						rec.Headers = []event.Header{{Key: "content-type", Value: []byte(contentType)}}
					}
					p.decode(t, rec)
				}
			}
		})
	}
}
