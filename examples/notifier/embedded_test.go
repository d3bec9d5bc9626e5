//go:build !kafka

package main

import (
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/broker"
)

func startBrokers(t *testing.T) []string {
	t.Helper()
	b, err := broker.Start(broker.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b.Addrs()
}
