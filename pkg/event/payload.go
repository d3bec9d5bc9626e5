package event

import (
	"bytes"
	"encoding/base64"
	"errors"

	"google.golang.org/protobuf/proto"
)

// decode reads the payload of w with its contract's codec. The formats differ in
// where it is: a member of the record's object, the whole value, what is left
// without the metadata, or Base64 text.
func (w *wire) decode(c *codec) (proto.Message, error) {
	if encoded := w.raw(ceDataBase64); w.format == FormatCloudEvents && len(encoded) > 0 && encoded[0] != 'n' {
		if err := w.unwrapBase64(encoded); err != nil {
			return nil, err
		}
	}
	if w.format != FormatFlat && w.came == untried {
		var msg proto.Message
		if msg, w.came = c.parseGenerated(w.payload, readAtOnce(len(w.payload))); msg != nil {
			return msg, nil
		}
	}
	if w.format == FormatCloudEventsBinary {
		if err := w.scanPayload(); err != nil {
			return nil, err
		}
	}
	if w.format != FormatFlat && !bytes.HasPrefix(bytes.TrimLeft(w.payload, " \n\t\r"), []byte("{")) {
		return nil, errors.New("the payload is not a JSON object")
	}
	if w.format == FormatFlat {
		edits, err := c.look(w.rec.Value, true)
		if err != nil {
			return nil, err
		}
		return w.parse(c, w.flatPayload(&c.flat, edits))
	}
	edits, err := c.look(w.payload, false)
	if err != nil {
		return nil, err
	}
	return w.parse(c, edited(w.payload, edits))
}

// parse reads a payload that has been looked over, and is not too large: generated code may
// take as much memory for it as the reference.
func (w *wire) parse(c *codec, raw []byte) (proto.Message, error) {
	if w.came == spent {
		if msg, _ := c.parseGenerated(raw, memoryLeast+memoryPerByte*len(raw)); msg != nil {
			return msg, nil
		}
	}
	return c.parse(raw)
}

// scanPayload looks over a payload that is not part of the record's JSON.
func (w *wire) scanPayload() error {
	s := scanner{b: w.payload}
	return s.whole()
}

// unwrapBase64 reads the payload of the structured mode from data_base64, where
// CloudEvents SDKs put what they were given as bytes, JSON or not.
func (w *wire) unwrapBase64(encoded []byte) error {
	if len(w.payload) > 0 && w.payload[0] != 'n' {
		return errors.New("it has both data and data_base64")
	}
	s, err := text(encoded)
	if err == nil {
		w.payload, err = base64.StdEncoding.DecodeString(s)
	}
	if err != nil { // it may quote the payload
		return errors.New("data_base64 is not Base64 text")
	}
	return w.scanPayload()
}
