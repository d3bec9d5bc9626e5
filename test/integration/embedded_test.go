//go:build !kafka

package integration_test

import (
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/broker"
)

// startCluster starts a cluster that the test has for itself.
func startCluster(t *testing.T, edits ...edit) *cluster {
	t.Helper()
	return startFaulty(t, edits...).cluster
}

// startFaulty starts an embedded broker for faults.
func startFaulty(t *testing.T, edits ...edit) *faulty {
	t.Helper()
	b, err := broker.Start(brokerConfig(edits))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return &faulty{newCluster(t, b.Addrs()), b}
}

// startWatched starts a cluster and watches what is committed.
func startWatched(t *testing.T, check func(commit)) *cluster {
	t.Helper()
	b := startFaulty(t)
	watchCommits(b, check)
	return b.cluster
}

// startDoomed starts a cluster that crash ends.
func startDoomed(t *testing.T) (c *cluster, crash func()) {
	t.Helper()
	b := startFaulty(t)
	return b.cluster, b.fake.Close
}

func startClusters() (stop func(), err error) { return func() {}, nil }
