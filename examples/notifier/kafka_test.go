//go:build kafka

package main

import (
	"testing"

	kafkatest "github.com/eventcontracts/eventcontracts/test/kafka"
)

func startBrokers(t *testing.T) []string {
	t.Helper()
	return kafkatest.Start(t).Brokers()
}
