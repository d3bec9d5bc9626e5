package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"github.com/eventcontracts/eventcontracts/internal/account"
)

// dropLine removes one success from a journal on disk: the only trace of a
// record that was handled.
func (d *demo) dropLine() error {
	file := journalFile(d.dir, d.groups["analytics"], "c")
	if err := d.live.poll(); err != nil {
		return err
	}
	entries := d.live.entries[file]
	times := map[account.Position]int{}
	for _, e := range entries {
		if e.Kind == account.Handled {
			times[e.Position]++
		}
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	lines := bytes.SplitAfter(content, []byte("\n"))
	from := rand.New(rand.NewPCG(d.seed, 0)).IntN(max(1, len(entries)))
	for i := range entries {
		n := (from + i) % len(entries)
		if e := entries[n]; e.Kind == account.Handled && times[e.Position] == 1 {
			d.out.say("sabotage: line %d of %s is dropped, which says that %s %s was handled", n+1, filepath.Base(file), e.Type, e.Position)
			return os.WriteFile(file, bytes.Join(slices.Delete(lines, n, n+1), nil), 0o644)
		}
	}
	return fmt.Errorf("sabotage: %s has no line to drop", file)
}
