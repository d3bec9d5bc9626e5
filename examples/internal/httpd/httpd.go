// Package httpd is what the example services share beside the bus: an HTTP
// server that ends in order, and probes.
package httpd

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// DefaultAddr is where a service listens unless HTTP_ADDR says otherwise.
const DefaultAddr = "localhost:8080"

// probesGrace is for a probe that is being answered when the work has ended.
const probesGrace = time.Second

// Serve answers requests until ctx ends. Then it takes no further ones, and
// waits up to grace for those that are being answered.
func Serve(ctx context.Context, addr string, h http.Handler, grace time.Duration) error {
	l, err := net.Listen("tcp", cmp.Or(addr, DefaultAddr))
	if err != nil {
		return fmt.Errorf("serve HTTP: %w", err)
	}
	slog.Info("serving HTTP", "addr", l.Addr().String())
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve HTTP on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil {
		return errors.Join(fmt.Errorf("requests were not answered within %s of the stop: %w", grace, err), server.Close())
	}
	return nil
}

// During serves h while work runs: until its very end a probe must find
// somebody. Work's ctx ends with ctx, or when h cannot be served.
func During(ctx context.Context, addr string, h http.Handler, work func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	served := make(chan error, 1)
	go func() {
		served <- Serve(serving, addr, h, probesGrace)
		cancel()
	}()
	err := work(ctx)
	stop()
	return errors.Join(err, <-served)
}

// Probes answers what Kubernetes asks: /healthz, to restart the process when it
// fails, and /readyz, to go on with a roll-out when it succeeds.
func Probes(health func() eventbus.Health) *http.ServeMux {
	probe := func(good func(eventbus.Health) bool) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			h := health()
			code := http.StatusOK
			if !good(h) {
				code = http.StatusServiceUnavailable
			}
			JSON(w, code, h)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", probe(func(h eventbus.Health) bool { return h.Live }))
	mux.HandleFunc("GET /readyz", probe(func(h eventbus.Health) bool { return h.Ready }))
	return mux
}

// JSON answers with v.
func JSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // the client has gone: nobody is left to be told
}
