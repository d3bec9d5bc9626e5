package service

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"testing"
)

// brokenListener is one whose system has no file descriptor left, say.
type brokenListener struct {
	net.Listener

	err error
}

func (l brokenListener) Accept() (net.Conn, error) { return nil, l.err }

// Who cannot accept connections any more must not look like a service that goes on.
func TestServingThatFailsLaterIsAnError(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	broken := brokenListener{l, errors.New("accept: too many open files")}
	s := Server{Logger: slog.New(slog.DiscardHandler)}
	if err := s.serve(t.Context(), broken); !errors.Is(err, broken.err) {
		t.Errorf("error %v", err)
	}
	if err := l.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener was left open: %v", err)
	}
}

// Work is told, and ended, when its probes are gone.
func TestWorkEndsWhenItsServingFails(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	broken := brokenListener{l, errors.New("accept: too many open files")}
	s := Server{Logger: slog.New(slog.DiscardHandler)}
	var cause error
	err = s.serveWhile(t.Context(), broken, func(ctx context.Context) error {
		<-ctx.Done()
		cause = context.Cause(ctx)
		return nil
	})
	if !errors.Is(err, broken.err) || !errors.Is(cause, broken.err) {
		t.Errorf("error %v, cause %v", err, cause)
	}
}
