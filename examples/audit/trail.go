package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// row is what the trail keeps of an event: who said when that something
// happened, and why, but not what: payloads hold personal data.
type row struct {
	Time        time.Time `json:"time"`
	Type        string    `json:"type"`
	Version     string    `json:"version"`
	ID          string    `json:"id"`
	Correlation string    `json:"correlation_id,omitempty"`
	Causation   string    `json:"causation_id,omitempty"`
	Source      string    `json:"source,omitempty"`
	Topic       string    `json:"topic"`
	Partition   int32     `json:"partition"`
	Offset      int64     `json:"offset"`
}

// trail is the audit trail. After a crash an event may have a second row, with
// the same topic, partition and offset.
type trail struct {
	mu  sync.Mutex
	out io.Writer
}

// add writes one row at once: handlers of several keys run beside each other,
// and a killed process leaves whole lines.
func (t *trail) add(ctx context.Context) error {
	md, _ := event.MetadataFrom(ctx)
	d, _ := eventbus.DeliveryFrom(ctx)
	line, err := json.Marshal(row{
		Time: md.Time, Type: md.Type, Version: md.Version, ID: md.ID,
		Correlation: md.CorrelationID, Causation: md.CausationID, Source: md.Source,
		Topic: d.Topic, Partition: d.Partition, Offset: d.Offset,
	})
	if err != nil {
		return eventbus.Permanent(err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, err := t.out.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write to the audit trail: %w", err) // tried again
	}
	return nil
}
