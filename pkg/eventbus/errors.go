package eventbus

import (
	"errors"

	"github.com/eventcontracts/eventcontracts/internal/config"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Every error of a publish matches exactly one of ErrInvalid, ErrBackpressure,
// ErrClosed, ErrRejected and ErrIndeterminate by errors.Is. After the first
// four the event was definitely not written.
var (
	// ErrInvalid matches an event that breaks a rule of its contract or of the
	// bus. It was not sent: publishing it again unchanged fails again.
	ErrInvalid = event.ErrInvalid

	// ErrBackpressure matches an event that was not sent because ctx ended
	// while the publish waited for room.
	ErrBackpressure = kafkaclient.ErrBackpressure

	// ErrClosed matches an event that was not sent because the producer is
	// closed.
	ErrClosed = kafkaclient.ErrClosed

	// ErrRejected matches an event that the cluster refused, and that was
	// definitely not written: too large, an invalid record, or, for a topic that has
	// taken no event of this producer yet, not authorized or no such topic. Later
	// these two prove nothing: the client may have made an attempt before.
	ErrRejected = kafkaclient.ErrRejected

	// ErrIndeterminate matches an event that may or may not have been written:
	// ctx ended after it was enqueued, or a timeout, a lost connection or the
	// client's end left its outcome unknown. It is never sent again by itself.
	// Publishing the same record again keeps its event id, and may write a
	// duplicate that readers know by that id.
	ErrIndeterminate = kafkaclient.ErrIndeterminate
)

var (
	// ErrConfig matches every error of a constructor: all problems of a
	// configuration, joined, or what the probes of the cluster found. A
	// connection's own errors match it too.
	ErrConfig = config.ErrInvalid

	// ErrFatal matches the error of a consumer whose Kafka client cannot go on.
	ErrFatal = errors.New("the Kafka client failed for good")

	// ErrDrainTimeout matches the error of a consumer that stopped before every
	// handler had returned.
	ErrDrainTimeout = errors.New("handlers did not finish in time")

	// ErrCommit matches the error of a consumer whose last commit was refused or
	// lost: what was handled since the one before is delivered again.
	ErrCommit = errors.New("the last commit failed")

	// ErrCloseTimeout matches the error of a Close, or of the end of a Run, that
	// did not release a Kafka client in time.
	ErrCloseTimeout = kafkaclient.ErrCloseTimeout
)
