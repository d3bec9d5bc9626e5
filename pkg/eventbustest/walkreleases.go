package eventbustest

import (
	"testing"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/gate"
)

// walkReleases plays the records of releases with today's readers, and today's with those
// of releases.
func walkReleases(t *testing.T, dir string) {
	played, err := gate.Replay(t.Context(), gate.Options{Contracts: dir, Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range played.Broken {
		t.Error(b)
	}
	for _, l := range played.Left {
		t.Log(l)
	}
	t.Logf("today's readers read %d records of releases, and readers of releases %d of today's", played.Old, played.New)
}
