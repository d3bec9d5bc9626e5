// Package account proves what became of every record of a run: that each was
// handled, is a dead letter or was skipped, and none was lost.
//
// The proof is made from these, none of which is a counter of the bus:
//
//   - journals, which the processes of a run write to disk with a [JournalWriter],
//     and which survive kill -9: what members' handlers did and which partitions they
//     had, what producers meant to publish and were told, what an observer between
//     clients and brokers saw, and what a driver did to the processes;
//   - the log, that is the records of the topics, read by package observe or by
//     any other client;
//   - the offsets that the groups have committed.
//
// [Check] is a pure function over them. What it finds names the rule that is
// broken and the record concerned, whose whole story [History] tells. A run need not
// have all of them: the account says which rules it could not check for it. What
// should be there and is missing or damaged is unseen, and then an account without
// findings holds nothing.
//
// The package shares no code with what it checks: it imports neither pkg/ nor
// contracts, reads events with encoding/json, and has the names of dead letters'
// headers written out again. A mistake in the bus is then not made twice. It
// starts no processes and causes no faults: that is for its users, the demo and
// the suites.
package account
