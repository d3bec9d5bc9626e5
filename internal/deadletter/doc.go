// Package deadletter knows what a dead letter and a redriven record say, and
// whom to believe: the names of their headers, the id of a failure, the
// [Letter] that a consumer writes and that eventctl reads, which headers of an
// incoming record are trusted, and the [Plan] of a redrive.
//
// It is about records as package event has them. It neither sends nor reads
// anything: pkg/eventbus writes dead letters, internal/cli lists and redrives
// them, each with a client of its own. So it imports no Kafka client and no
// command line library, and builds without cgo.
//
// # The way of a dead letter
//
// A record of TOPIC that GROUP cannot handle is written to TOPIC.GROUP.dlq,
// byte for byte, with headers behind its own ([Failure.Headers]). A redrive
// sends it from there to TOPIC.GROUP.redrive ([Letter.RedriveHeaders]), which
// GROUP alone reads. If it fails there it becomes a dead letter of the same
// topic once more: each such trip has an id of its own, while the dlq-origin-*
// headers keep the place of the first failure.
//
// # Trust
//
// Whoever may write to a topic may write any header. Three rules follow:
//
//   - Of several headers of one name the last one counts, and ours are written
//     last, so that a record cannot forge what its dead letter says.
//   - dlq-* and redrive-* headers of an incoming record are believed on the
//     group's own redrive topic only.
//   - No destination is read from a header alone. A topic that a header names
//     counts only if the name of the topic in which the record was found
//     follows from it.
package deadletter
