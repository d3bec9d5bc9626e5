package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/eventcontracts/eventcontracts/internal/account"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// journalFile names the journal of one incarnation of a member.
func journalFile(dir, group, member string) string {
	return filepath.Join(dir, group+"."+member+".journal")
}

// readJournals reads the journals of a group from disk.
func readJournals(dir, group string) ([]account.Journal, error) {
	paths, err := filepath.Glob(journalFile(dir, group, "*"))
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	var out []account.Journal
	for _, path := range paths {
		j, err := account.ReadJournal(path)
		if err != nil {
			return nil, err
		}
		out = append(out, j)
	}
	return out, nil
}

// journal is where a member's handlers write what they do.
type journal struct{ *account.JournalWriter }

// write adds what happens to the event that ctx belongs to.
func (j journal) write(ctx context.Context, kind account.Kind) error {
	d, _ := eventbus.DeliveryFrom(ctx)
	md, _ := event.MetadataFrom(ctx)
	return j.Write(account.Entry{
		Kind: kind,
		Position: account.Position{
			TopicPartition: account.TopicPartition{Topic: d.Topic, Partition: d.Partition}, Offset: d.Offset,
		},
		Attempt: d.Attempt, Redriven: d.Redriven, Type: md.Type, EventID: md.ID,
	})
}

// attempt runs one attempt of a handler between two entries, of its start and of
// its end. An effect that has no entry counts as failed: the account could not see
// it.
func (j journal) attempt(ctx context.Context, effect func() error) error {
	if err := j.write(ctx, account.Started); err != nil {
		return err
	}
	err := effect()
	switch {
	case err == nil:
		return j.write(ctx, account.Handled)
	case errors.Is(err, errMuted):
		if err := j.write(ctx, account.Skipped); err != nil {
			return err
		}
		return eventbus.Skip(err.Error())
	default:
		return errors.Join(err, j.write(ctx, account.Failed))
	}
}
