//go:build !kafka

package integration_test

import "testing"

// startCluster starts a cluster that the test has for itself.
func startCluster(t *testing.T, edits ...edit) *cluster {
	t.Helper()
	return startFake(t, edits...).cluster
}

// startFaulty starts an embedded broker for faults.
func startFaulty(t *testing.T, edits ...edit) *faulty {
	t.Helper()
	return startFake(t, edits...)
}

// startWatched starts a cluster and watches what is committed.
func startWatched(t *testing.T, check func(commit)) *cluster {
	t.Helper()
	b := startFake(t)
	watchCommits(b, check)
	return b.cluster
}

// startDoomed starts a cluster that crash ends.
func startDoomed(t *testing.T) (c *cluster, crash func()) {
	t.Helper()
	b := startFake(t)
	return b.cluster, b.fake.Close
}

func startClusters() (stop func(), err error) { return func() {}, nil }
