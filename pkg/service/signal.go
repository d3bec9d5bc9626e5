package service

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// SignalContext returns a context that ends when the process gets SIGTERM, as
// Kubernetes sends it, or SIGINT, as Ctrl-C does; or with parent, or by stop.
// [context.Cause] then names the signal.
//
// Only the first signal asks for a stop in order. Another one ends the process at
// once, as if it had never listened: so somebody at a terminal need not wait for a
// drain. What the process had begun by then is delivered again.
//
// Call stop when the service has ended, at the latest: signals then have their
// default effect again.
func SignalContext(parent context.Context) (ctx context.Context, stop context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case s := <-signals:
			// Before ctx ends: whoever sees its end may count on the second signal.
			signal.Stop(signals)
			cancel(fmt.Errorf("got signal %q", s))
		case <-ctx.Done():
			signal.Stop(signals)
		}
	}()
	return ctx, func() {
		cancel(nil)
		<-done
	}
}
