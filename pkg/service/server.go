package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	// defaultAddr is not reachable from outside, unless the service says otherwise.
	defaultAddr  = "localhost:8080"
	defaultGrace = 10 * time.Second

	// headerTimeout ends connections whose client sends its headers byte by byte,
	// and which would otherwise hold a goroutine each (Slowloris).
	headerTimeout = 5 * time.Second
)

// Server serves HTTP for as long as a service works. Its zero value is usable. A
// Server may be used again, and by several goroutines at once if their addresses
// differ.
type Server struct {
	// Addr is where to listen, as host:port. Defaults to "localhost:8080", which
	// only this host reaches: in a container it is ":8080". With port 0 the system
	// chooses one, which the log tells.
	Addr string

	// Grace is how long requests that are under way at the end may take. Defaults
	// to 10 s. It counts against the time until an orchestrator kills the process
	// (Kubernetes: terminationGracePeriodSeconds, 30 s), as does what comes after it:
	// closing a producer, say.
	Grace time.Duration

	// Handler answers the requests. Defaults to [http.DefaultServeMux], as in
	// [http.Server].
	Handler http.Handler

	// Logger gets the address that is served, and what net/http has to say about
	// connections, as warnings. Defaults to [slog.Default].
	Logger *slog.Logger

	// remedy is what to do if Addr cannot be listened on; "" if nothing is known of it.
	remedy string
}

// Serve serves requests until ctx ends. It then takes no further ones, waits for
// those that are under way, up to Grace, and returns nil. The contexts of requests
// do not end with ctx, so that what was begun can be finished. Connections that a
// handler has taken over (WebSockets) are not waited for.
//
// It returns an error at once if it cannot listen, because the address is in use
// for example; if the listening fails later; and if requests are not answered
// within Grace, whose connections it then cuts.
func (s Server) Serve(ctx context.Context) error {
	l, err := s.listen(ctx)
	if err != nil {
		return err
	}
	return s.serve(ctx, l)
}

// ServeWhile serves requests while work runs, and until its very end: when ctx
// ends, work is told by its own context, and probes find somebody while it drains.
// It then waits up to Grace for requests that are under way.
//
// If it cannot listen it returns that error and does not call work. If serving
// fails later, work's context ends, with the failure as its cause: a service
// without probes would be killed anyway. The error is work's, joined with that of
// the serving.
func (s Server) ServeWhile(ctx context.Context, work func(context.Context) error) error {
	l, err := s.listen(ctx)
	if err != nil {
		return err
	}
	return s.serveWhile(ctx, l, work)
}

func (s Server) serveWhile(ctx context.Context, l net.Listener, work func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	served := make(chan error, 1)
	go func() {
		err := s.serve(serving, l)
		cancel(err)
		served <- err
	}()
	defer stop() // if work panics
	err := work(ctx)
	stop()
	return errors.Join(err, <-served)
}

func (s Server) listen(ctx context.Context) (net.Listener, error) {
	// A ctx that has ended already is a stop like any other, not an address that
	// cannot be listened on.
	l, err := new(net.ListenConfig).Listen(context.WithoutCancel(ctx), "tcp", cmp.Or(s.Addr, defaultAddr))
	if err != nil && s.remedy != "" {
		return nil, fmt.Errorf("serve HTTP: %w: %s", err, s.remedy)
	}
	if err != nil {
		return nil, fmt.Errorf("serve HTTP: %w", err)
	}
	s.logger().Info("serving HTTP", "addr", l.Addr().String())
	return l, nil
}

// serve owns l, and closes it.
func (s Server) serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler: s.Handler, ReadHeaderTimeout: headerTimeout,
		ErrorLog: slog.NewLogLogger(s.logger().Handler(), slog.LevelWarn),
	}
	var failure error // read after ended
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		failure = server.Serve(l)
	}()
	select {
	case <-ended:
		return errors.Join(fmt.Errorf("serve HTTP on %s: %w", l.Addr(), failure), server.Close())
	case <-ctx.Done():
	}
	grace := cmp.Or(s.Grace, defaultGrace)
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := server.Shutdown(stopping)
	<-ended // Shutdown has closed the listener
	if err != nil {
		return errors.Join(fmt.Errorf("requests were not answered within %s of the stop: %w", grace, err), server.Close())
	}
	return nil
}

func (s Server) logger() *slog.Logger {
	if s.Logger != nil {
		return s.Logger
	}
	return slog.Default()
}
