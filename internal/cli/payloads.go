package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/internal/payloadjson"
	"github.com/eventcontracts/eventcontracts/internal/recordview"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// payloads are JSON objects of one contract, one after the other.
type payloads struct {
	text     io.Reader
	many     bool // from a stream: an error says how far it went
	contract *event.Contract
	types    event.Resolver
	example  func() (proto.Message, error) // what a payload leaves out is taken from; may be nil
}

// each calls do for every payload, up to the first error, which tells how far
// that was.
func (p payloads) each(ctx context.Context, do func(proto.Message) error) error {
	// Values are cut out of the stream first, since protojson takes a text with
	// exactly one. They need no separator: neither lines nor commas.
	dec := json.NewDecoder(readerFunc(func(b []byte) (int, error) { return p.read(ctx, b) }))
	for n := 1; ; n++ {
		if ctx.Err() != nil {
			return p.failed(n, errInterrupted)
		}
		var raw json.RawMessage
		err := dec.Decode(&raw)
		switch {
		case errors.Is(err, errInterrupted): // read's, which Decode returns as it is
		case errors.Is(err, io.EOF) && n == 1:
			return usagef("no payload: give a JSON object")
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			err = fmt.Errorf("the payload is not JSON: %w", err)
		default:
			err = p.one(raw, do)
		}
		if err != nil {
			return p.failed(n, err)
		}
	}
}

// readerFunc is a func as an io.Reader.
type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// read ends with ctx: whoever types may never go on. The call that is left
// behind ends with the process.
func (p payloads) read(ctx context.Context, b []byte) (int, error) {
	var n int
	var err error
	own := make([]byte, len(b)) // a call that is left behind must not write into b
	done := make(chan struct{})
	go func() {
		defer close(done)
		n, err = p.text.Read(own)
	}()
	select {
	case <-done:
		return copy(b, own[:n]), err
	case <-ctx.Done():
		return 0, errInterrupted
	}
}

// one makes a message of one payload, by the contract's field names. It needs no
// generated code. A field that the contract does not have is an error, where readers
// ignore it: a misspelled one would be lost.
func (p payloads) one(raw json.RawMessage, do func(proto.Message) error) error {
	read, err := payloadjson.Read(p.contract.Descriptor, p.types, raw)
	if err != nil {
		return p.unfit(err)
	}
	if p.example == nil {
		return p.broken(do(read.Message), read.Message)
	}
	msg, err := p.example()
	if err != nil {
		return err
	}
	read.Over(msg.ProtoReflect())
	return p.broken(do(msg), msg)
}

// broken says of an error which rules a payload breaks, one a line: the field, what may be
// there and what is. The error around them is left out: its event id is of an event that
// was never sent.
func (p payloads) broken(err error, msg proto.Message) error {
	var invalid *event.InvalidError
	if !errors.As(err, &invalid) || len(invalid.Violations) == 0 {
		return err
	}
	text := fmt.Sprintf("the payload breaks the rules of %s %s, and was not sent:", p.contract.Type, p.contract.Version())
	for _, v := range invalid.Violations {
		text += "\n  " + recordview.ViolationText(v)
		if value := payloadjson.ValueAt(msg.ProtoReflect(), v.Field); value != "" {
			text += ": it is " + terminal.Printable(value)
		}
	}
	return errors.New(text)
}

// unfit says all that is wrong with a payload, one mistake a line.
func (p payloads) unfit(err error) error {
	text := fmt.Sprintf("the payload does not fit %s %s:", p.contract.Type, p.contract.Version())
	var mistakes payloadjson.Mistakes
	if !errors.As(err, &mistakes) {
		return fmt.Errorf("%s %w", text, err)
	}
	for _, m := range mistakes {
		text += "\n  " + terminal.Printable(m.String())
	}
	return fmt.Errorf("%s\n(eventctl describe %s shows its fields)", text, p.contract.Type)
}

// failed says of a stream how far it went, so that its user can go on from there.
func (p payloads) failed(n int, err error) error {
	if !p.many && n == 1 {
		return err
	}
	before := "nothing was sent"
	if n > 1 {
		before = terminal.Count(n-1, "event") + " before it went through; nothing after it was tried"
	}
	return fmt.Errorf("event %d: %w\n(%s)", n, err, before)
}
