// Package account proves what became of every record of a run: that each was
// handled, is a dead letter or was skipped, and none was lost.
//
// The proof is made from three things, none of which is a counter of the bus:
//
//   - journals, which the processes of a run write to disk with a [JournalWriter],
//     and which survive kill -9;
//   - the log, that is the records of the topics, read by package observe or by
//     any other client;
//   - the offsets that the groups have committed.
//
// [Check] is a pure function over them. What it finds names the rule that is
// broken and the record concerned.
//
// The package shares no code with what it checks: it imports neither pkg/ nor
// contracts, reads events with encoding/json, and has the names of dead letters'
// headers written out again. A mistake in the bus is then not made twice. It
// starts no processes and causes no faults: that is for its users, the demo and
// the suites.
package account
