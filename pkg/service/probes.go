package service

import (
	"cmp"
	"encoding/json"
	"log/slog"
	"net/http"

	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// Probes answers what Kubernetes asks, as health says at that moment:
//
//   - GET /healthz, for startup and liveness probes: 200, or 503 once Live is
//     false and only a new process can help.
//   - GET /readyz, for readiness probes: 200, or 503 while Ready is false.
//
// The body is the whole Health as JSON, with the reason for a 503. It names
// topics, partitions and offsets, so it is not for the public.
//
// health is usually the method Health of a consumer. It is called once for each
// request, from several goroutines, and must not block. A service with several
// consumers joins their answers; one that only publishes makes its own.
//
// What is returned is an ordinary mux, to which a service may add routes.
func Probes(health func() eventbus.Health) *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", probe(health, func(h eventbus.Health) bool { return h.Live }))
	mux.HandleFunc("GET /readyz", probe(health, func(h eventbus.Health) bool { return h.Ready }))
	return mux
}

// ProbeAddr is where [ProbeServer] listens by default.
const ProbeAddr = "localhost:8081"

// probeRemedy names the variable from which the examples and new-consumer's services take
// the address: a second service on one host meets the first one's probes.
const probeRemedy = "give its probes an address that is free here, such as PROBE_ADDR=localhost:8082"

// ProbeServer is a server of [Probes] on a port of its own, so that neither the public
// reaches them nor a flood of requests keeps them from being answered. addr is host:port
// and defaults to [ProbeAddr], which only this host reaches: in a container it is
// ":8081".
func ProbeServer(addr string, health func() eventbus.Health) Server {
	return Server{Addr: cmp.Or(addr, ProbeAddr), Handler: Probes(health), Logger: slog.With("for", "probes"), remedy: probeRemedy}
}

func probe(health func() eventbus.Health, good func(eventbus.Health) bool) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		h := health()
		w.Header().Set("Content-Type", "application/json")
		if !good(h) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(h) // the client has gone: there is nobody to tell
	}
}
