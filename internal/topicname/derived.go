package topicname

import "strings"

const (
	deadLetterSuffix = ".dlq"
	redriveSuffix    = ".redrive"
)

// DeadLetter is the topic that a group's dead letters of a topic go to. The
// result may be longer than [Max]: who configures a group checks it.
func DeadLetter(topic, group string) string { return topic + "." + group + deadLetterSuffix }

// Redrive is the topic from which a group reads the dead letters of a topic
// once more. No other group reads it.
func Redrive(topic, group string) string { return topic + "." + group + redriveSuffix }

// MaxGroup is the longest name of a group with which the names of its derived
// topics fit [Max], for a topic whose name has a single character.
const MaxGroup = Max - len("t.") - len(redriveSuffix)

// DeadLetterForm is how the name of a dead-letter topic is made, for texts.
const DeadLetterForm = "TOPIC.GROUP" + deadLetterSuffix

// IsDeadLetter reports whether a name has the form TOPIC.GROUP.dlq. The name
// does not tell where TOPIC ends and GROUP begins, since both may have dots.
func IsDeadLetter(name string) bool {
	before, ok := strings.CutSuffix(name, deadLetterSuffix)
	return ok && strings.Contains(before, ".")
}

// CutDeadLetter is TOPIC.GROUP of TOPIC.GROUP.dlq.
func CutDeadLetter(name string) (topicAndGroup string, ok bool) {
	return strings.CutSuffix(name, deadLetterSuffix)
}

// EndsAsDeadLetter reports whether a name ends as that of a dead-letter topic,
// even if nothing here could have made it: "orders.dlq", made by hand, holds
// dead letters too. A consumer of such a topic has no dead-letter topic of its
// own, or a record that always fails would travel from one to the next.
func EndsAsDeadLetter(name string) bool { return strings.HasSuffix(name, deadLetterSuffix) }

// EndsAsRedrive reports the same of a redrive topic.
func EndsAsRedrive(name string) bool { return strings.HasSuffix(name, redriveSuffix) }
