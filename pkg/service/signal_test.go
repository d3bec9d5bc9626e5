package service_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/eventcontracts/eventcontracts/pkg/service"
)

// asService makes a process of this test a service that never finishes its drain,
// so that it can be sent signals.
const asService = "EVENTCONTRACTS_TEST_SERVICE"

func TestMain(m *testing.M) {
	if os.Getenv(asService) != "" {
		ctx, stop := service.SignalContext(context.Background())
		defer stop()
		fmt.Println("started")
		<-ctx.Done()
		fmt.Println(context.Cause(ctx))
		select {}
	}
	os.Exit(m.Run())
}

func TestASecondSignalEndsTheProcessAtOnce(t *testing.T) {
	t.Parallel()
	for _, first := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(first.String(), func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), asService+"=yes")
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			says := func(want string) {
				t.Helper()
				if !lines.Scan() || lines.Text() != want {
					t.Fatalf("it says %q, want %q: %v", lines.Text(), want, lines.Err())
				}
			}
			send := func(s os.Signal) {
				t.Helper()
				if err := cmd.Process.Signal(s); err != nil {
					t.Fatal(err)
				}
			}
			says("started")
			send(first)
			says(fmt.Sprintf("got signal %q", first)) // it drains
			send(syscall.SIGTERM)
			err = cmd.Wait()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
				t.Errorf("it ended with %v, want that signal", err)
			}
		})
	}
}

func TestSignalContextEndsWithItsParentAndByStop(t *testing.T) {
	t.Parallel()
	cause := errors.New("the parent's")
	parent, end := context.WithCancelCause(t.Context())
	ctx, stop := service.SignalContext(parent)
	end(cause)
	<-ctx.Done()
	if err := context.Cause(ctx); !errors.Is(err, cause) {
		t.Errorf("cause %v", err)
	}
	stop()

	ctx, stop = service.SignalContext(t.Context())
	if err := ctx.Err(); err != nil {
		t.Error(err)
	}
	stop()
	stop() // as any CancelFunc
	if err := ctx.Err(); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
