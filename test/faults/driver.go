package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/account"
)

// driver runs one round.
type driver struct {
	settings settings
	dir      string
	out      io.Writer
	journal  *journal
	broker   *process

	mu    sync.Mutex
	all   []*process
	slots []*process // the member in each
	busy  map[int]bool
	life  map[int]int
	done  map[nemesis]int

	published time.Duration
	stuck     int // how often the broker's group was
	wrong     []error
}

// publishing is how long events are published in a round.
func (d *driver) publishing() time.Duration { return min(d.settings.For, d.settings.Round) }

// run starts everything, does harm while events are published, and ends when the group
// has nothing left to do and all but the broker have ended.
func (d *driver) run(ctx context.Context) error {
	var err error
	s := d.settings
	d.broker, err = d.launch(role{Name: "broker", Kind: "broker", Dir: d.dir, Partitions: s.Partitions, LetterDelay: s.LetterDelay})
	if err != nil {
		return err
	}
	d.slots, d.busy, d.life, d.done = make([]*process, s.Members+2), map[int]bool{}, map[int]int{}, map[nemesis]int{}
	for i := range s.Members {
		if err := d.member(i); err != nil {
			return err
		}
	}
	var producers []*process
	for i := range s.Producers {
		p, err := d.launch(role{
			Name: fmt.Sprintf("p%d", i+1), Kind: "producer", Dir: d.dir, Brokers: []string{d.broker.said},
			Stubborn: s.Stubborn, Seed: s.Seed, Rate: max(1, s.Rate/s.Producers), Keys: []int{i * s.Keys / s.Producers, (i + 1) * s.Keys / s.Producers},
		})
		if err != nil {
			return err
		}
		producers = append(producers, p)
	}
	start := time.Now()
	d.harm(ctx, start)
	d.published = time.Since(start)
	for _, p := range producers {
		if err := p.stop(); err != nil {
			return err
		}
	}
	// Members that are still being harmed come back, and one that has ended by itself
	// has a successor: what it left is handled, and its end is a finding.
	for i := range s.Members {
		if err := d.revive(i); err != nil {
			return err
		}
	}
	if err := d.rest(ctx); err != nil {
		return err
	}
	for _, p := range d.slots {
		if p != nil && !p.ended() {
			if err := p.stop(); err != nil {
				d.wrong = append(d.wrong, err)
			}
		}
	}
	if d.broker.ended() {
		return fmt.Errorf("the broker has ended: %s", d.broker.lastWords())
	}
	return errors.Join(d.wrong...)
}

// member launches the next incarnation of the member in a slot.
func (d *driver) member(slot int) error {
	d.mu.Lock()
	d.life[slot]++
	name := fmt.Sprintf("m%d.%d", slot+1, d.life[slot])
	d.mu.Unlock()
	p, err := d.launch(role{Name: name, Kind: "member", Dir: d.dir, Brokers: []string{d.broker.said}, Protocol: d.settings.Protocol, Stubborn: d.settings.Stubborn})
	d.mu.Lock()
	defer d.mu.Unlock()
	d.slots[slot] = p
	return err
}

func (d *driver) revive(slot int) error {
	if p := d.slots[slot]; p != nil && !p.ended() {
		return nil
	}
	return d.member(slot)
}

// harm does what the schedule says until the time for publishing is over, and returns
// when all of it is undone.
func (d *driver) harm(ctx context.Context, start time.Time) {
	var under sync.WaitGroup
	defer under.Wait()
	for _, deed := range schedule(d.settings, d.publishing()) {
		select {
		case <-time.After(time.Until(start.Add(deed.At))):
		case <-ctx.Done():
			return
		}
		d.mu.Lock()
		p := d.slots[deed.Slot]
		lives := p != nil && !p.ended()
		free := !d.busy[deed.Slot] && lives == (deed.What != enter)
		if free {
			d.busy[deed.Slot] = true
			d.done[deed.What]++
		}
		d.mu.Unlock()
		if free {
			under.Go(func() { d.do(deed, p) })
		}
	}
	select {
	case <-time.After(time.Until(start.Add(d.publishing()))):
	case <-ctx.Done():
	}
}

// do does one deed and undoes it.
func (d *driver) do(what deed, p *process) {
	var err error
	switch what.What {
	case kill:
		p.kill()
		time.Sleep(what.Lasts)
		err = d.member(what.Slot)
	case freeze:
		p.freeze(what.Lasts)
	case stop:
		err = p.stop()
		time.Sleep(what.Lasts)
		err = errors.Join(err, d.member(what.Slot))
	case enter:
		if err = d.member(what.Slot); err == nil {
			time.Sleep(what.Lasts)
			err = d.slots[what.Slot].stop()
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.busy[what.Slot] = false
	if err != nil {
		d.wrong = append(d.wrong, err)
	}
}

// end ends what is left of a round.
func (d *driver) end() {
	d.mu.Lock()
	all := d.all
	d.mu.Unlock()
	for _, p := range all {
		if !p.ended() {
			_ = p.cmd.Process.Kill()
			<-p.done
		}
	}
	_ = d.journal.w.Close()
}

// begin makes the driver of a round.
func begin(s settings, dir string, out io.Writer) (*driver, error) {
	w, err := account.CreateJournal(journalFile(dir, "driver"))
	if err != nil {
		return nil, err
	}
	return &driver{settings: s, dir: dir, out: out, journal: &journal{w}}, nil
}
