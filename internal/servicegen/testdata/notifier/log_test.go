package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/pkg/eventbustest"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// What a new service logs is not its events' payloads.
func TestLogsWhatCameWithoutItsPayload(t *testing.T) {
	var out bytes.Buffer
	slog.SetDefault(slog.New(slog.NewTextHandler(&out, nil)))
	if err := eventbustest.Deliver(t.Context(), consumerConfig(kafkaconn.Connection{}), examples()[0]); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "msg=\"received TodoCreated\" key=75c3a7cf-305a-4632-99f7-e2a7eeb089cb version=2.0 id=") || strings.Contains(out.String(), "milk") {
		t.Error(out.String())
	}
}
