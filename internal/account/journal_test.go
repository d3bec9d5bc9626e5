package account_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eventcontracts/eventcontracts/internal/account"
)

// writeJournal is the path of a journal that a process of this test writes to,
// until it is killed.
const writeJournal = "EVENTCONTRACTS_TEST_JOURNAL"

func TestMain(m *testing.M) {
	if path := os.Getenv(writeJournal); path != "" {
		w, err := account.CreateJournal(path)
		if err != nil {
			panic(err)
		}
		for offset := int64(0); ; offset++ {
			if err := w.Write(entry(account.Handled, 0, at("todos", offset))); err != nil {
				panic(err)
			}
			if offset == 1000 {
				fmt.Println("enough")
			}
		}
	}
	os.Exit(m.Run())
}

func create(t *testing.T) (string, *account.JournalWriter) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "group.member.journal")
	w, err := account.CreateJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return path, w
}

func write(t *testing.T, w *account.JournalWriter, e account.Entry) {
	t.Helper()
	if err := w.Write(e); err != nil {
		t.Fatal(err)
	}
}

func readEntries(t *testing.T, path string) []account.Entry {
	t.Helper()
	j, err := account.ReadJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	return j.Entries
}

func TestAJournalIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	path, w := create(t)
	want := account.Journal{Name: "group.member", Entries: []account.Entry{
		{Kind: account.Started, Position: at("todos", 7), Attempt: 1, Type: "TodoCreated", EventID: "an id"},
		{Kind: account.Failed, Position: at("todos.group.redrive", 0), Attempt: 2, Redriven: true},
	}}
	want.Entries[0].Partition = 3
	for _, e := range want.Entries {
		write(t, w, e)
	}
	got, err := account.ReadJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(account.Entry{}, "At")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Handlers of several keys write beside each other, and the account goes by the
// order of lines.
func TestTimesNeverGoBack(t *testing.T) {
	t.Parallel()
	path, w := create(t)
	const writers, each = 8, 200
	var writing sync.WaitGroup
	for range writers {
		writing.Go(func() {
			for range each {
				if err := w.Write(entry(account.Started, 0, at("todos", 0))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writing.Wait()
	entries := readEntries(t, path)
	if len(entries) != writers*each {
		t.Errorf("%d entries", len(entries))
	}
	for i := 1; i < len(entries); i++ {
		if entries[i].At < entries[i-1].At {
			t.Fatalf("line %d is of %d, and the one before it of %d", i+1, entries[i].At, entries[i-1].At)
		}
	}
}

// A killed process leaves whole lines, but for the last one, and its times compare
// with those of others.
func TestAKilledProcessLeavesItsJournal(t *testing.T) {
	t.Parallel()
	mine, w := create(t)
	write(t, w, entry(account.Started, 0, at("todos", 0)))
	path := filepath.Join(t.TempDir(), "killed.journal")
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), writeJournal+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("it was not killed")
	}
	write(t, w, entry(account.Handled, 0, at("todos", 0)))
	entries, around := readEntries(t, path), readEntries(t, mine)
	if len(entries) < 1000 {
		t.Fatalf("%d entries", len(entries))
	}
	for i, e := range entries {
		if e.Offset != int64(i) || e.At <= around[0].At || e.At >= around[1].At {
			t.Fatalf("line %d: offset %d at %d, between %d and %d", i+1, e.Offset, e.At, around[0].At, around[1].At)
		}
	}
}

// Wherever a write was cut, what was written before it is read.
func TestATornLastLineIsLeft(t *testing.T) {
	t.Parallel()
	path, w := create(t)
	for offset := range int64(3) {
		write(t, w, entry(account.Handled, 0, at("todos", offset)))
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	torn := filepath.Join(t.TempDir(), "torn.journal")
	for n := range len(whole) + 1 {
		if err := os.WriteFile(torn, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if got, want := len(readEntries(t, torn)), bytes.Count(whole[:n], []byte("\n")); got != want {
			t.Errorf("%d entries of %d bytes, want %d", got, n, want)
		}
	}
}

func TestAReaderFollows(t *testing.T) {
	t.Parallel()
	path, w := create(t)
	r := account.NewJournalReader(path)
	for offset := range int64(3) {
		write(t, w, entry(account.Handled, 0, at("todos", offset)))
		for _, want := range []int{1, 0} {
			entries, err := r.Next()
			if err != nil || len(entries) != want || want == 1 && entries[0].Offset != offset {
				t.Errorf("entries %v, %v, want %d at offset %d", entries, err, want, offset)
			}
		}
	}
}

// A line that is not an entry in the middle of a journal would hide what a process did.
func TestADamagedJournalIsAnError(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"half a line":        `{"kind":"hand{"kind":"handled"}`,
		"an empty line":      "",
		"an unknown kind":    `{"kind":"guessed"}`,
		"an offset of words": `{"kind":"handled","offset":"first"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "damaged.journal")
			good := `{"kind":"handled","at":1,"topic":"todos","partition":0,"offset":0}` + "\n"
			if err := os.WriteFile(path, []byte(good+line+"\n"+good), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := account.ReadJournal(path)
			if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("damaged.journal at byte %d", len(good))) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// Two incarnations in one file could not be told apart.
func TestAJournalIsCreatedOnce(t *testing.T) {
	t.Parallel()
	path, _ := create(t)
	if _, err := account.CreateJournal(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("error %v", err)
	}
}
