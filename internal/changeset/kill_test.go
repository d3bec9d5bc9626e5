package changeset_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/changeset"
)

// TestMain is also the program of the child process that a test kills: it applies the
// plan to a directory and stops before its operation with the number given, or in its
// step, until it is killed or interrupted.
func TestMain(m *testing.M) {
	dir := os.Getenv("CHANGESET_TEST_DIR")
	if dir == "" {
		os.Exit(m.Run())
	}
	stop, err := strconv.Atoi(os.Getenv("CHANGESET_TEST_STOP"))
	if err != nil {
		panic(err)
	}
	p, err := changeset.Open(dir)
	if err != nil {
		panic(err)
	}
	fill(p)
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	n := 0
	p.SetFault(func(operation, name string) error {
		if n++; n == stop {
			fmt.Println("stopped before", operation, name)
			_, _ = io.Copy(io.Discard, os.Stdin) // the parent never closes it
		}
		return nil
	})
	err = p.Apply(ctx, func(ctx context.Context) error {
		if stop != 0 {
			return generate(dir)
		}
		fmt.Println("stopped in the step")
		if err := generate(dir); err != nil {
			return err
		}
		<-ctx.Done()
		return ctx.Err()
	})
	fmt.Println("done", err)
	os.Exit(0)
}

// start runs the child until it says where it is.
func start(t *testing.T, dir string, stop int) (child *exec.Cmd, out *bufio.Reader, at string) {
	t.Helper()
	child = exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "CHANGESET_TEST_DIR="+dir, fmt.Sprintf("CHANGESET_TEST_STOP=%d", stop))
	child.Stderr = os.Stderr
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stdin.Close() }) // the child is gone
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	out = bufio.NewReader(stdout)
	at, err = out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return child, out, at
}

func TestAKilledRunLeavesWholeFilesAndIsUndone(t *testing.T) {
	t.Parallel()
	for stop := 1; ; stop++ {
		dir := makeTree(t)
		old := tree(t, dir)
		child, _, at := start(t, dir, stop)
		if strings.HasPrefix(at, "done") {
			if err := child.Wait(); err != nil || at != "done <nil>\n" || stop < 20 {
				t.Errorf("after %d operations: %s, %v", stop, at, err)
			}
			return
		}
		if stop%8 == 0 { // a run that is at work is not undone
			if _, err := changeset.Recover(dir); err == nil {
				t.Errorf("%s: undone while it runs", at)
			}
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := child.Wait(); err == nil {
			t.Fatal("it was not killed")
		}
		now := tree(t, dir)
		for name, news := range map[string]string{"a.proto": "-rw-r----- one\n2\n", "sub/run.sh": "-rwxr-x--- #!/bin/bash\n", "sub/old.txt": ""} {
			if now[name] != old[name] && now[name] != news {
				t.Errorf("%s: %s is %q", at, name, now[name])
			}
		}
		undone, err := changeset.Recover(dir)
		if err != nil {
			t.Fatalf("%s: %v", at, err)
		}
		got := tree(t, dir)
		if len(undone) == 0 && strings.Contains(at, ".changeset") && !maps.Equal(got, old) {
			// Killed after its last change: that is finished, and only tidied up.
			if now[".changeset/journal.json"] != "" || got["a.proto"] != "-rw-r----- one\n2\n" || got["gen/c/c.pb.go"] == "" {
				t.Errorf("%s: %v", at, got)
			}
			if _, left := got[".changeset/"]; left {
				t.Errorf("%s: the folder is left", at)
			}
			continue
		}
		if diff := cmp.Diff(old, got); diff != "" {
			t.Errorf("%s: %s", at, diff)
		}
		if err := plan(t, dir).Apply(t.Context()); err != nil {
			t.Errorf("%s: a second run: %v", at, err)
		}
	}
}

func TestAnInterruptUndoesInOrder(t *testing.T) {
	t.Parallel()
	dir := makeTree(t)
	want := tree(t, dir)
	child, out, _ := start(t, dir, 0)
	if err := child.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	said, err := out.ReadString('\n')
	if err != nil || said != "done context canceled; every file is as it was before\n" {
		t.Errorf("%q, %v", said, err)
	}
	if err := child.Wait(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(want, tree(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestAFileEditedSinceTheKillIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := makeTree(t)
	child, _, _ := start(t, dir, 0)
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // killed
	if err := os.WriteFile(filepath.Join(dir, "a.proto"), []byte("by hand"), 0o640); err != nil {
		t.Fatal(err)
	}
	_, err := changeset.Recover(dir)
	if err == nil || !strings.Contains(err.Error(), "a.proto has been edited since a run was killed: what was there before is .changeset/old/0; choose one, and remove the folder .changeset") {
		t.Error(err)
	}
	for name, want := range map[string]string{"a.proto": "by hand", ".changeset/old/0": before["a.proto"], "sub/old.txt": "old"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); string(got) != want {
			t.Errorf("%s is %q, %v", name, got, err)
		}
	}
}
