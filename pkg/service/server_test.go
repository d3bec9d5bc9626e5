package service_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/service"
)

// logged is a logger that tells the address that is served.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
	addr chan string // has room for the one
}

func newLogged() *logged { return &logged{addr: make(chan string, 1)} }

var serving = regexp.MustCompile(`msg="serving HTTP" addr=(\S+)\n`)

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := serving.FindSubmatch(b); m != nil {
		l.addr <- string(m[1])
	}
	return l.text.Write(b)
}

func (l *logged) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// start starts serve, and waits until it serves.
func start(t *testing.T, s service.Server, serve func(service.Server) error) (addr string, ended <-chan error) {
	t.Helper()
	l := newLogged()
	s.Addr, s.Logger = "localhost:0", l.logger()
	end := make(chan error, 1)
	go func() { end <- serve(s) }()
	select {
	case addr = <-l.addr:
	case err := <-end:
		t.Fatalf("it does not serve: %v", err)
	}
	return addr, end
}

// get sends a request on a connection of its own.
func get(ctx context.Context, addr, path string) (code int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+path, nil)
	if err != nil {
		return 0, "", err
	}
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), errors.Join(err, resp.Body.Close())
}

// untilRefused waits until nobody listens any more.
func untilRefused(t *testing.T, addr string) {
	t.Helper()
	for {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
		if errors.Is(err, syscall.ECONNREFUSED) {
			return
		}
		if err == nil {
			err = conn.Close()
		}
		if err != nil && !errors.Is(err, syscall.ECONNRESET) {
			t.Fatal(err)
		}
	}
}

// both are the two ways to serve.
var both = map[string]func(context.Context, service.Server) error{
	"Serve": func(ctx context.Context, s service.Server) error { return s.Serve(ctx) },
	"ServeWhile": func(ctx context.Context, s service.Server) error {
		return s.ServeWhile(ctx, func(ctx context.Context) error {
			<-ctx.Done()
			return nil
		})
	},
}

func TestWhatWasBegunIsAnswered(t *testing.T) {
	t.Parallel()
	for name, serve := range both {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begun, answer := make(chan struct{}), make(chan struct{})
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				close(begun)
				<-answer
				if r.Context().Err() != nil {
					w.WriteHeader(http.StatusInternalServerError)
				}
			})
			ctx, stop := context.WithCancel(t.Context())
			addr, ended := start(t, service.Server{Handler: h}, func(s service.Server) error { return serve(ctx, s) })
			code := make(chan int, 1)
			go func() {
				c, _, err := get(t.Context(), addr, "/")
				if err != nil {
					t.Error(err)
				}
				code <- c
			}()
			<-begun
			stop()
			untilRefused(t, addr)
			select {
			case err := <-ended:
				t.Errorf("it ended before the answer: %v", err)
			default:
			}
			close(answer)
			if c := <-code; c != http.StatusOK {
				t.Errorf("answer %d", c)
			}
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestGraceBoundsTheWait(t *testing.T) {
	t.Parallel()
	for name, serve := range both {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begun := make(chan struct{})
			h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				close(begun)
				<-r.Context().Done() // until its connection is cut
			})
			ctx, stop := context.WithCancel(t.Context())
			addr, ended := start(t, service.Server{Handler: h, Grace: 10 * time.Millisecond}, func(s service.Server) error { return serve(ctx, s) })
			failure := make(chan error, 1)
			go func() {
				_, _, err := get(t.Context(), addr, "/")
				failure <- err
			}()
			<-begun
			stop()
			if err := <-ended; !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "not answered within 10ms") {
				t.Errorf("error %v", err)
			}
			if err := <-failure; err == nil {
				t.Error("the request was answered")
			}
		})
	}
}

func TestAnAddressInUseIsAnError(t *testing.T) {
	t.Parallel()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	s := service.Server{Addr: l.Addr().String(), Logger: newLogged().logger()}
	want := func(err error) {
		t.Helper()
		if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), s.Addr) {
			t.Errorf("error %v, want one that names %s", err, s.Addr)
		}
	}
	want(s.Serve(t.Context()))
	want(s.ServeWhile(t.Context(), func(context.Context) error {
		t.Error("work was called")
		return nil
	}))
}

// A consumer drains for up to its ShutdownTimeout, and a liveness probe that finds
// nobody meanwhile would have the process killed.
func TestProbesAreAnsweredUntilTheEndOfWork(t *testing.T) {
	t.Parallel()
	draining, drained := make(chan struct{}), make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	health := func() eventbus.Health { return eventbus.Health{Live: true, Ready: ctx.Err() == nil} }
	addr, ended := start(t, service.Server{Handler: service.Probes(health)}, func(s service.Server) error {
		return s.ServeWhile(ctx, func(ctx context.Context) error {
			<-ctx.Done()
			close(draining)
			<-drained
			return nil
		})
	})
	want := func(path string, code int) {
		t.Helper()
		got, body, err := get(t.Context(), addr, path)
		if err != nil || got != code {
			t.Errorf("%s: %d %s %v, want %d", path, got, body, err, code)
		}
	}
	want("/healthz", http.StatusOK)
	want("/readyz", http.StatusOK)
	stop()
	<-draining
	want("/healthz", http.StatusOK)
	want("/readyz", http.StatusServiceUnavailable)
	close(drained)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	_, _, err := get(t.Context(), addr, "/healthz")
	for errors.Is(err, syscall.ECONNRESET) { // the kernel had taken the connection already
		_, _, err = get(t.Context(), addr, "/healthz")
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("after the end: %v", err)
	}
}

// Work that ends by itself ends the service, with its error.
func TestTheEndOfWorkEndsTheServing(t *testing.T) {
	t.Parallel()
	failed := errors.New("the client failed for good")
	for name, want := range map[string]error{"done": nil, "failed": failed} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			end := make(chan struct{})
			addr, ended := start(t, service.Server{}, func(s service.Server) error {
				return s.ServeWhile(t.Context(), func(context.Context) error {
					<-end
					return want
				})
			})
			close(end)
			if err := <-ended; !errors.Is(err, want) {
				t.Errorf("error %v, want %v", err, want)
			}
			untilRefused(t, addr)
		})
	}
}

// A signal may come before there is anything to stop.
func TestAContextThatHasEnded(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	for name, serve := range both {
		s := service.Server{Addr: "localhost:0", Logger: newLogged().logger()}
		if err := serve(ctx, s); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
