// Package recordview turns records of Kafka into what people and programs are
// shown: a decoded event or why it is not one, a dead letter with what its headers
// say, keys and headers as JSON can hold them. It hides what is personal or secret
// unless the viewer reveals it.
//
// It is pure: records and a catalogue in, views out. It reads no topic, and prints
// nothing.
package recordview
