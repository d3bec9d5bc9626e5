package event

import (
	"errors"
	"strings"
)

// Format is how an event is written into a record. The numbers are those of
// eventcontracts.v1.Format.
type Format int

// The formats. A topic's contract chooses what producers write; readers accept
// all of them.
const (
	FormatEnvelope          Format = 1
	FormatFlat              Format = 2
	FormatCloudEvents       Format = 3
	FormatCloudEventsBinary Format = 4
)

func (f Format) String() string {
	switch f {
	case FormatEnvelope:
		return "envelope"
	case FormatFlat:
		return "flat"
	case FormatCloudEvents:
		return "cloudevents"
	case FormatCloudEventsBinary:
		return "cloudevents-binary"
	}
	return "unknown"
}

// wire is a record taken apart: metadata and payload still as text.
type wire struct {
	format  Format
	meta    func(name string) (value []byte, ok bool)
	members []member
	payload []byte // for flat: nil, it is what the members leave
}

// detect finds a record's format. Its errors mean that the record is no event.
func detect(rec Record) (wire, error) {
	if _, ok := rec.header("ce_specversion"); ok {
		return wire{format: FormatCloudEventsBinary, payload: rec.Value, meta: rec.ceHeader}, nil
	}
	if len(rec.Value) == 0 {
		return wire{}, errors.New("the value is empty")
	}
	list, err := members(rec.Value)
	if err != nil {
		return wire{}, err
	}
	w := wire{members: list, meta: func(name string) ([]byte, bool) { return lookup(list, name) }}
	contentType, _ := rec.header("content-type")
	_, specversion := lookup(list, "specversion")
	_, ceType := lookup(list, "type")
	_, eventType := lookup(list, "event_type")
	data, hasData := lookup(list, "data")
	switch {
	case strings.HasPrefix(strings.ToLower(strings.TrimSpace(contentType)), "application/cloudevents"), specversion && ceType:
		w.format, w.payload = FormatCloudEvents, data
	case eventType && hasData && data[0] == '{':
		w.format, w.payload = FormatEnvelope, data
	case eventType:
		w.format = FormatFlat
	default:
		return wire{}, errors.New("neither event_type nor CloudEvents attributes are there")
	}
	return w, nil
}

func lookup(list []member, key string) ([]byte, bool) {
	for i := range list {
		if list[i].key == key {
			return list[i].value, true
		}
	}
	return nil, false
}

// ceHeader reads a CloudEvents attribute from a header, as a JSON string.
func (r Record) ceHeader(name string) ([]byte, bool) {
	v, ok := r.header("ce_" + name)
	if !ok {
		return nil, false
	}
	return appendText(nil, v), true
}
