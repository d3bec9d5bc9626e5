//go:build linux

// The clock that processes of one host share is Linux's.

package main

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/account"
)

// short is a round for CI: with the race detector in each of its processes.
func short(seed uint64, lasts time.Duration, what ...nemesis) settings {
	s := defaults()
	s.For, s.Seed, s.Nemeses = lasts, seed, what
	s.Rate, s.Members, s.Keys = 2000, 3, 500
	return s
}

// try runs a round, and fails the test unless it is sound. It returns what was done.
func try(t *testing.T, s settings) (map[nemesis]int, account.Account) {
	t.Helper()
	var out bytes.Buffer
	dir := filepath.Join(t.TempDir(), "round")
	v, a, done := round(t.Context(), s, dir, &out)
	if v != sound {
		t.Errorf("verdict %d\n%s", v, out.String())
	}
	if len(a.Unchecked) > 0 {
		t.Errorf("not checked: %v", a.Unchecked)
	}
	t.Log(out.String())
	return done, a
}

func TestF13_ConsumersAreKilled(t *testing.T) { //nolint:paralleltest // it measures ends in time
	done, a := try(t, short(13, 8*time.Second, kill))
	if done[kill] < 4 || a.Causes["kill"] == 0 {
		t.Errorf("%d kills, and duplicates by %v: that proves little", done[kill], a.Causes)
	}
}

func TestF24_MembersComeAndGo(t *testing.T) { //nolint:paralleltest // likewise
	done, a := try(t, short(24, 8*time.Second, stop, enter))
	if done[stop]+done[enter] < 3 {
		t.Errorf("%v: that proves little", done)
	}
	if n := a.Causes["kill"] + a.Causes["freeze"]; n > 0 {
		t.Errorf("%d duplicates have causes that there were not: %v", n, a.Causes)
	}
}

func TestF27_ConsumersAreFrozen(t *testing.T) { //nolint:paralleltest // likewise
	if done, _ := try(t, short(27, 8*time.Second, freeze)); done[freeze] < 2 {
		t.Errorf("%v: that proves little", done)
	}
}
