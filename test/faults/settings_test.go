package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary be each process of a run.
func TestMain(m *testing.M) {
	if value := os.Getenv(roleVariable); value != "" {
		os.Exit(roleMain(value))
	}
	os.Exit(m.Run())
}

func TestWrongFlagsAreRefused(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"-seed seven":            `invalid value "seven" for flag -seed`,
		"-seed -1":               `invalid value "-1" for flag -seed`,
		"-for 30":                `invalid value "30" for flag -for`,
		"-for 10ms":              "give at least a second",
		"-rate 0":                "-rate: 0 is outside 1 to 1000000",
		"-nemeses kill,burn":     `-nemeses: "burn" is none of kill,freeze,stop,join`,
		"-protocol round-robin":  `-protocol: "round-robin" is none of`,
		"30s":                    `"30s" is not a flag`,
		"-members 1 -producers ": "flag needs an argument",
	} {
		_, err := parse(strings.Fields(args), io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}

// A failing run is made again by its seed.
func TestAScheduleFollowsFromItsSeed(t *testing.T) {
	t.Parallel()
	s := defaults()
	list := schedule(s, time.Minute)
	if !slices.Equal(list, schedule(s, time.Minute)) {
		t.Error("the same seed gives two schedules")
	}
	kinds := map[nemesis]int{}
	for i, d := range list {
		kinds[d.What]++
		if d.At >= time.Minute || i > 0 && d.At <= list[i-1].At {
			t.Errorf("deed %d is at %s", i, d.At)
		}
	}
	if len(kinds) != len(nemeses) || kinds[kill] < 5 {
		t.Errorf("in a minute there are %v", kinds)
	}
	s.Seed++
	if slices.Equal(list, schedule(s, time.Minute)) {
		t.Error("two seeds give one schedule")
	}
	if s.Nemeses = nil; len(schedule(s, time.Minute)) > 0 {
		t.Error("something is done without a nemesis")
	}
}

// Handlers do the same with an event in each process, and something of everything.
func TestWhatBecomesOfAnEventFollowsFromItsID(t *testing.T) {
	t.Parallel()
	const n = 20_000
	counts := map[string]int{}
	for i := range n {
		p := planOf(entity(i), 1<<30)
		if p != planOf(entity(i), 1<<30) {
			t.Fatalf("event %d has two plans", i)
		}
		counts[string(p.fate)]++
		if p.failures > 0 {
			counts["retries"]++
		}
		if p.takes > 0 {
			counts["slow"]++
		}
	}
	for what, share := range map[string]float64{"failed": 0.010, "skipped": 0.012, "retries": 0.052, "slow": 0.020, "handled": 0.978} {
		if got := float64(counts[what]) / n; got < share*0.7 || got > share*1.3 {
			t.Errorf("%s: %.4f of all, want about %.4f", what, got, share)
		}
	}
}

// What does not come up is not looked at, and that is no account without findings.
func TestABrokerThatDoesNotComeUpIsTold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(journalFile(dir, "broker"), nil, 0o600); err != nil { // it may not write over another one's
		t.Fatal(err)
	}
	var out bytes.Buffer
	v, _, _ := round(t.Context(), defaults(), dir, &out)
	if v != unseen || !strings.Contains(out.String(), "there is no account: broker ended at its start: ") || strings.Contains(out.String(), "0 findings") {
		t.Errorf("verdict %d\n%s", v, out.String())
	}
}

// Without a place for journals there is nothing to look at.
func TestWithoutADirectoryThereIsNoVerdict(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if v, _, _ := round(t.Context(), defaults(), dir, &out); v != unseen || strings.Contains(out.String(), "findings") {
		t.Errorf("without a directory: verdict %d\n%s", v, out.String())
	}
}
