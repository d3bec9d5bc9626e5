// Package event reads event contracts, and writes and reads the records that
// follow them: metadata, the four wire formats, validation, and conversions
// between major versions.
//
// It is pure Go and links no Kafka client. A record is a value here, so that an
// outbox, an archive, a test or another transport can use the package alone;
// package eventbus sends records and receives them. It does not know consumer
// groups, offsets or retries, and it does not generate code.
//
// [Encode] makes a record of a message. [Decode] and [DecodeInto] read one
// back, and a [Reader] reads records for a closed set of message types, which
// is what a consumer does. A [Registry] does the same over any contracts; the
// package's functions use [Linked], those that are linked into the program.
//
// # The way of one contract
//
// A contract begins as a message of a .proto file with the option
// (eventcontracts.v1.event), on a topic that a file declares once with
// (eventcontracts.v1.topic).
//
//  1. protoc-gen-go compiles the options into the descriptor that the message's
//     Go type carries; eventctl compiles them from source. Either way
//     [NewRegistry] gets descriptors and no text.
//  2. The checker reads the topics, then the events of every file. Each mistake
//     is one [ContractError] with file and line. [ContractOf] refuses an event
//     that has one and says why; others are not affected.
//  3. A sound event becomes a [Contract]: its topic, wire type, version and key,
//     and the codec of its payload. Contracts of one topic and type are a family,
//     ordered by major, and each major says how the one before it converts.
//  4. [Encode] finds the contract by the message's descriptor. It completes the
//     metadata, sets defaults in a copy, validates, takes the key from its field,
//     and writes the format that the topic's contract says. No producer chooses.
//  5. [Decode] finds the format in the record itself, reads the metadata, and
//     finds the contract by topic, type and major. It decodes the payload as that
//     major, sets defaults, converts step by step to the major that is asked for,
//     and validates as that one. Each way to fail has one [Reason].
//
// Records come from anywhere: nothing about them is trusted, every limit holds
// before memory is taken, and no error's text has a value of a payload in it.
//
// # Files
//
// Contracts:
//
//	registry.go            a closed set of contracts, and how one is found
//	contract.go, topic.go  what an event's and a topic's options say
//	retention.go           durations such as "7d"
//	check.go               the checker; what an event's own options get wrong
//	check_topic.go         topics; check_config.go: their Kafka settings
//	check_key.go           the partition key
//	check_field.go         field options; check_rules.go: buf.validate rules
//	check_major.go         what a major says about the one before it
//
// Records and metadata:
//
//	encode.go, decode.go   a message to a record, and back
//	reader.go              records of a closed set of types, each on its way
//	head.go                metadata without the payload, and CheckRecord
//	record.go, metadata.go the two structs, and what metadata may be
//	id.go                  ids of new events
//	context.go             correlation and causation through a context
//	conversion.go          chains of conversions; byname.go: by field name
//	reason.go, errors.go   why a record or an event is refused
//
// The payload:
//
//	codec.go               JSON, defaults and rules of one contract's payload
//	generated.go           code that protoc-gen-go-event wrote, which is asked first
//	onepass.go             metadata and payload in one pass, where that is sure
//	defaults.go            (field).default
//	violation.go           broken rules, without the values that broke them
//	limits.go              what bounds the memory that a payload becomes
//
// Formats:
//
//	format.go, names.go    the formats, and the names that they give a meaning
//	wire.go                which format a record has, and where its parts are
//	metadata_read.go       metadata out of a record; payload.go: the payload
//	envelope.go            metadata into the envelope and flat formats
//	flat.go                null and times without a zone, as Pydantic has them
//	cloudevents.go         both content modes of CloudEvents
//	time.go                timestamps
//
// JSON:
//
//	jsonscan.go            a scanner that builds no values
//	object.go              the members of a record's outermost object
//	jsontext.go            strings
//	jsonrewrite.go         JSON copied along a descriptor, with changes
package event
