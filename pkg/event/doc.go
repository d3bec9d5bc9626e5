// Package event is what outlives the bus: contracts read from descriptors,
// metadata, the four wire formats, conversions between major versions and
// validation. It is pure Go and knows no Kafka client, so that outboxes,
// archives and other transports can use it alone.
//
// [Encode] makes a record of a message, [Decode] and [DecodeInto] read one
// back, and a [Reader] reads records for a closed set of message types, which
// is what a consumer does. A [Registry] does the same over any contracts; the
// package's functions use those that are linked into the program.
package event
