// Package flow schedules records of partitions onto a fixed set of workers. It
// is a pure scheduler: it knows neither Kafka nor protobuf, and all its time
// comes from package time, so that testing/synctest can drive it.
//
// # Promises
//
//   - Records that share a key run one at a time and in offset order. The next
//     one starts only once the one before it is settled.
//   - Records of different keys run in parallel.
//   - The watermark of a partition is its lowest unsettled offset.
//   - Memory is bounded by the limits of [Config], with what still runs for
//     assignments that have ended.
//
// # How
//
// One goroutine, the owner, admits records and hands them over a batch at a
// time. A worker, one at a time and in order, appends those of a batch to a
// fixed number of lanes, chosen by the hash of partition and key; a lane is an
// intrusive queue with one atomic swap per append and one compare-and-swap per
// removal, as in an MCS lock. What is at the head of a lane stays in the batch,
// which workers then share: they claim heads by an atomic cursor.
//
// A key that waits (for a retry, or for something asynchronous) or whose
// record runs longer than [Config.SlowAfter] leaves its lane for a queue of its
// own, so that two keys that share a lane never block each other for long.
//
// Completion is a bit in a ring of one bit per offset; the owner sweeps the
// ring to find the watermark.
//
// Lanes and key queues outlive an assignment: a record of a new assignment
// waits for the handler of an old one that is still running for its key.
package flow
