// Package codec holds generated codecs against the reference: every event of this
// repository, and messages with every kind of field and rule, are encoded, decoded and
// validated by both, and have to come out the same to the last byte of an error.
//
// torture is generated from proto, by the plugins of this module, and stale with a codec of
// an earlier contract.
package codec
