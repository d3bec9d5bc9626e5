package event

import (
	"errors"

	"github.com/eventcontracts/eventcontracts/internal/headername"
)

// wire is a record taken apart: metadata and payload still as text.
type wire struct {
	format  Format
	rec     Record
	object  object
	at      [numNames]int // index of a member plus one; 0: it is not there
	payload []byte        // for flat: nil, it is what the members leave
	head    string        // the part of the record with the metadata, as one string
	headAt  int           // where it starts
	spec    bool          // it is a CloudEvent of the version that we know
	came    progress      // of generated code, with the payload
}

// detect finds a record's format, in an order in which none can be taken for
// another: the content type decides before other headers, which structured
// CloudEvents may repeat (Kafka binding, section 3.3), and those before what is in
// the value; CloudEvents are asked for before event_type, which a CloudEvent's data
// may have. See docs/formats.md. Its errors mean that the record is not an event.
func (w *wire) detect(rec Record) error {
	w.rec = rec
	contentType, _ := rec.header(headername.ContentType)
	structured := isCloudEvents(contentType)
	if !structured {
		if _, ok := rec.header(headername.CloudEventsPrefix + "specversion"); ok {
			w.format, w.payload = FormatCloudEventsBinary, rec.Value
			return nil
		}
	}
	if len(rec.Value) == 0 {
		return errors.New("the value is empty")
	}
	s := scanner{b: rec.Value}
	if err := w.object.read(&s); err != nil {
		return err
	}
	for i := range w.object.n {
		if n := w.object.at(i).name; n != other {
			w.at[n] = i + 1
		}
	}
	switch {
	case structured, w.at[specversion] > 0 && w.at[ceType] > 0:
		w.format, w.payload = FormatCloudEvents, w.raw(data)
	// No payload has a field of this name: what is in it is the payload, or wrong.
	case w.at[eventType] > 0 && w.at[data] > 0:
		w.format, w.payload = FormatEnvelope, w.raw(data)
	case w.at[eventType] > 0:
		w.format = FormatFlat
	default:
		return errors.New("it has neither event_type nor the attributes of CloudEvents")
	}
	w.share()
	return nil
}

// raw is the text of a member's value; nil if it is not there.
func (w *wire) raw(n name) []byte {
	i := w.at[n]
	if i == 0 {
		return nil
	}
	m := w.object.at(i - 1)
	return w.rec.Value[m.value:m.end]
}

// maxShared bounds the record's part that its metadata keep alive together.
const maxShared = 1024

// share makes one string of the part of the record that has the metadata, for
// what would else be a string each.
func (w *wire) share() {
	lo, hi := len(w.rec.Value), 0
	for n := eventID; n < numNames; n++ {
		if i := w.at[n]; i > 0 && n != data && n != ceDataBase64 {
			m := w.object.at(i - 1)
			lo, hi = min(lo, m.value), max(hi, m.end)
		}
	}
	if lo < hi && hi-lo <= maxShared {
		w.head, w.headAt = string(w.rec.Value[lo:hi]), lo
	}
}
