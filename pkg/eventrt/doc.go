// Package eventrt is what generated codecs are made of: protoc-gen-go-event writes, for
// each message of a contract, a few short functions that append its JSON, read it in one
// pass and check its rules, and they call this package for every value.
//
// A codec knows one answer: "this is surely right". Whatever it does not understand to
// the last detail (an escape of no standard, a field that it does not know, an Any) makes
// it unsure, and package event then asks its reference implementation, protojson and
// protovalidate, which alone decides what is refused, and how that is said. So a codec can
// make a right event cheaper, and can never change an answer.
//
// It imports the standard library and protobuf alone, uses neither reflection nor unsafe,
// and knows nothing of metadata, formats and Kafka. Its functions are for generated code
// and for package event; their behaviour may change with [Version1].
//
//	codec.go     a message's functions, and how package event finds them
//	encoder.go   the buffer; encode_value.go, encode_known.go: what is appended to it
//	decoder.go   the reader; decode_text.go, decode_number.go, decode_known.go: its values
//	civil.go     times of RFC 3339
//	rules.go     rules about values; formats.go: formats of texts, by hand
package eventrt
