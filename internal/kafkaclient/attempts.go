package kafkaclient

import (
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

const (
	// retryBackoff is retry.backoff.ms: what lies at least between two attempts of a
	// record, but for retryJitter. The client's own default is 100 ms; this leaves more
	// time to see that a second attempt begins.
	retryBackoff = 250 * time.Millisecond

	// retryJitter is how much sooner librdkafka may be, in per cent (KIP-580).
	retryJitter = 20

	// attemptsLog is the part of the client's debug log that tells of attempts.
	attemptsLog = "eos"
)

// attempts tells whether a report can be of another attempt of its record than the
// first. A refusal proves nothing then: the first may have written it. The client
// makes attempts by itself, after a lost connection, a request that timed out, and
// answers that say "not now" or "written, and not copied yet"; and it tells nobody
// but its log. An idempotent client notes there, for each partition, that what is in
// flight has to end before anything is sent again. What is sent again waits for
// retry.backoff.ms first, so that the note is read before its report can come.
type attempts struct {
	began   time.Time
	backoff time.Duration // no second attempt begins sooner after the first

	mu         sync.Mutex
	partitions map[partitionKey]*partitionAttempts
	topics     map[string]int64 // when a record of any partition was last to be sent again
}

// partitionAttempts is what the log told of a partition.
type partitionAttempts struct {
	led   bool  // it has had a leader: something may have been sent
	gap   bool  // a batch before was refused, and so were those behind it for that alone
	again int64 // when records were last to be sent again, since began; 0: never
}

func newAttempts(began time.Time, backoff time.Duration) *attempts {
	return &attempts{
		began: began, backoff: backoff * (100 - retryJitter) / 100,
		partitions: map[partitionKey]*partitionAttempts{}, topics: map[string]int64{},
	}
}

// mark is stored with a record before its first attempt.
func (a *attempts) mark() int64 { return int64(time.Since(a.began)) + 1 }

// What librdkafka 2.15 notes, of topic and partition.
var (
	// "todos [3] beginning partition drain: drain before retrying", and
	// "…: wait for outstanding requests to finish before producing to new leader".
	drainNote = regexp.MustCompile(`(\S+) \[(\d+)\] beginning partition drain: (drain|wait)`)
	// "ProduceRequest for todos [3] with 7 message(s) failed due to skipped sequence
	// numbers": the broker took none of them. The drain that follows is for that.
	gapNote = regexp.MustCompile(`ProduceRequest for (\S+) \[(\d+)\] .* failed due to skipped sequence numbers`)
	// "todos [3] changed PID{Id:1,Epoch:0} -> PID{Id:1,Epoch:1} with base MsgId 8": the
	// next batch has no gap before it.
	epochNote = regexp.MustCompile(`(\S+) \[(\d+)\] changed PID`)
)

// note reads a line of the client's log.
func (a *attempts) note(l kafka.LogEvent) {
	var m []string
	switch l.Tag {
	case "DRAIN":
		m = drainNote.FindStringSubmatch(l.Message)
	case "ERRSEQ":
		m = gapNote.FindStringSubmatch(l.Message)
	case "NEWPID":
		m = epochNote.FindStringSubmatch(l.Message)
	}
	if m == nil {
		return
	}
	partition, err := strconv.ParseInt(m[2], 10, 32)
	if err != nil {
		return
	}
	now, topic := a.mark(), m[1]
	a.mu.Lock()
	defer a.mu.Unlock()
	key := partitionKey{topic, int32(partition)}
	p := a.partitions[key]
	if p == nil {
		p = &partitionAttempts{}
		a.partitions[key] = p
	}
	switch {
	case l.Tag == "ERRSEQ":
		p.gap = true
	case l.Tag == "NEWPID":
		p.gap = false
	case m[3] == "drain" && p.gap:
		p.gap = false
	case m[3] == "wait" && !p.led:
		p.led = true
	default:
		p.again, a.topics[topic] = now, now
	}
}

// only reports whether a report is of its record's only attempt. tp is the record's
// place as the report has it: one that has no partition in the end may have had one.
func (a *attempts) only(mark int64, tp *kafka.TopicPartition) bool {
	if a.mark()-mark < int64(a.backoff) {
		return true // there was no time for another
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if tp.Partition < 0 || IsUnknownTopic(Code(tp.Error)) {
		return a.topics[*tp.Topic] < mark
	}
	p := a.partitions[keyOf(*tp)]
	return p == nil || p.again < mark
}

// isDisconnect reports whether a client error tells of a lost connection or a
// timeout, for Stats.
func isDisconnect(err kafka.Error) bool {
	switch err.Code() {
	case kafka.ErrTransport, kafka.ErrTimedOut, kafka.ErrSsl, kafka.ErrAllBrokersDown, kafka.ErrDestroy:
		return true
	}
	return err.IsFatal()
}
