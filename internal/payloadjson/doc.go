// Package payloadjson reads a payload that a person has written as JSON, and says of
// all that does not fit the contract where it is, what is wrong and what to write, in
// the contract's own words: names as the .proto spells them, and the names that may
// have been meant.
//
// It is stricter than the readers of records, which ignore what they do not know: what
// a person misspells would be lost. Whether the values keep the contract's rules, it
// does not look at: package event does. No value is quoted, since terminals and CI keep
// what was printed, and it may be personal.
package payloadjson
