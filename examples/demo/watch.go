package main

import "path/filepath"

// watch follows all journals of a run while they are written.
type watch struct {
	dir    string
	tails  map[string]*tail
	lines  map[string][]line // by file
	ok     int               // successes
	failed int               // attempts that failed
	spent  int               // of them, the last one that the mail policy allows
}

func newWatch(dir string) *watch {
	return &watch{dir: dir, tails: map[string]*tail{}, lines: map[string][]line{}}
}

// poll takes in what the journals have got since the last time.
func (w *watch) poll() error {
	names, err := filepath.Glob(filepath.Join(w.dir, "*.journal"))
	if err != nil {
		return err
	}
	for _, name := range names {
		if w.tails[name] == nil {
			w.tails[name] = &tail{path: name}
		}
		more, err := w.tails[name].more()
		if err != nil {
			return err
		}
		for _, l := range more {
			switch l.What {
			case lineOK:
				w.ok++
			case lineFail:
				w.failed++
				if l.Attempt >= mailRetry.MaxAttempts {
					w.spent++
				}
			}
		}
		w.lines[name] = append(w.lines[name], more...)
	}
	return nil
}

// unsettled is what a member has begun and no commit of its group covers.
type unsettled struct {
	running  int // handlers under way, or waiting for their next attempt
	finished int // handled, and yet to be committed
}

// unsettled compares a member's journal with the commits of its group.
func (w *watch) unsettled(file string, committed map[partition]int64) unsettled {
	last := map[place]string{}
	for _, l := range w.lines[file] {
		if l.Offset >= committed[l.partition] {
			last[l.place] = l.What
		}
	}
	var u unsettled
	for _, what := range last {
		if what == lineOK || what == lineSkip {
			u.finished++
		} else {
			u.running++
		}
	}
	return u
}

// recovered counts the records that failed and were handled by a later attempt
// of the same member.
func (w *watch) recovered() int {
	n := 0
	for _, lines := range w.lines {
		failed := map[place]bool{}
		for _, l := range lines {
			switch {
			case l.What == lineFail:
				failed[l.place] = true
			case l.What == lineOK && failed[l.place]:
				delete(failed, l.place)
				n++
			}
		}
	}
	return n
}
