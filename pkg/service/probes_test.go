package service_test

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/service"
)

func TestProbesSayWhatHealthSays(t *testing.T) {
	t.Parallel()
	blocked := []eventbus.HealthReason{{Code: eventbus.HealthBlocked, Topic: "todos", Partition: 1, Offset: 7, Detail: "the partition is paused"}}
	for name, row := range map[string]struct {
		health      eventbus.Health
		live, ready int
	}{
		"well":      {eventbus.Health{Live: true, Ready: true}, 200, 200},
		"not ready": {eventbus.Health{Live: true, Reasons: blocked}, 200, 503},
		"not live":  {eventbus.Health{Reasons: blocked}, 503, 503},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mux := service.Probes(func() eventbus.Health { return row.health })
			for path, code := range map[string]int{"/healthz": row.live, "/readyz": row.ready, "/": 404} {
				w := httptest.NewRecorder()
				mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
				if w.Code != code {
					t.Errorf("%s: %d, want %d", path, w.Code, code)
				}
				if code == 404 {
					continue
				}
				var got eventbus.Health
				if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
					t.Fatalf("%s: %s: %v", path, w.Body, err)
				}
				if diff := cmp.Diff(row.health, got); diff != "" || w.Header().Get("Content-Type") != "application/json" {
					t.Errorf("%s: %v, body (-want +got):\n%s", path, w.Header(), diff)
				}
			}
		})
	}
}

// A probe only asks.
func TestProbesTakeNoOtherMethod(t *testing.T) {
	t.Parallel()
	mux := service.Probes(func() eventbus.Health { return eventbus.Health{Live: true} })
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/healthz", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", w.Code)
	}
}

// A second service on one host was told a port, and not where that comes from.
func TestProbesSayWhichAddressToSet(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	err = service.ProbeServer(taken.Addr().String(), func() eventbus.Health { return eventbus.Health{} }).Serve(t.Context())
	if err == nil || !strings.Contains(err.Error(), taken.Addr().String()) || !strings.Contains(err.Error(), "such as PROBE_ADDR=localhost:8082") {
		t.Errorf("it says %v", err)
	}
	err = service.Server{Addr: taken.Addr().String()}.Serve(t.Context())
	if err == nil || strings.Contains(err.Error(), "PROBE_ADDR") {
		t.Errorf("a server of requests says %v", err)
	}
}
