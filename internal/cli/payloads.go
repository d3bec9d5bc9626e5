package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/recordview"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// maxDepth is how many levels of JSON a payload may have: package event's readers, which
// have this limit too, would refuse more.
const maxDepth = 64

// payloads are JSON objects of one contract, one after the other.
type payloads struct {
	text     io.Reader
	many     bool // from a stream: an error says how far it went
	contract *event.Contract
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
	msg := dynamicpb.NewMessage(p.contract.Descriptor)
	if raw[0] != '{' {
		return fmt.Errorf("the payload is not a JSON object (eventctl describe %s shows its fields)", p.contract.Type)
	}
	if err := (protojson.UnmarshalOptions{RecursionLimit: maxDepth}).Unmarshal(raw, msg); err != nil {
		return fmt.Errorf("the payload does not fit %s %s: %s (eventctl describe %s shows its fields)",
			p.contract.Type, p.contract.Version(), p.mismatch(err), p.contract.Type)
	}
	return do(msg)
}

// failed says of a stream how far it went, so that its user can go on from there.
func (p payloads) failed(n int, err error) error {
	// Broken rules are printed one a line, without the error around them: its event id
	// is of an event that was never sent.
	var invalid *event.InvalidError
	if errors.As(err, &invalid) && len(invalid.Violations) > 0 {
		text := fmt.Sprintf("the payload breaks the rules of %s %s, and was not sent:", p.contract.Type, p.contract.Version())
		for _, v := range invalid.Violations {
			text += "\n  " + recordview.ViolationText(v)
		}
		err = errors.New(text)
	}
	if !p.many && n == 1 {
		return err
	}
	before := "nothing was sent"
	if n > 1 {
		before = terminal.Count(n-1, "event") + " before it went through; nothing after it was tried"
	}
	return fmt.Errorf("event %d: %w\n(%s)", n, err, before)
}

// What protojson says before it quotes the payload. Should a version of it say this in
// other words, less of its text is shown.
var mismatchHead = regexp.MustCompile(`^((syntax error )?\(line \d+:\d+\):? ?)(invalid value for \S+ field \S+|unknown field \S+|duplicate field \S+|unexpected token)?`)

// mismatch is protojson's error without its prefix and with plain blanks: the protobuf
// library has no-break spaces in the errors of some builds, so that nobody compares
// them. Of a contract with personal or secret fields it quotes no value, since terminals
// and CI keep what was printed.
func (p payloads) mismatch(err error) string {
	text := strings.TrimPrefix(terminal.Printable(err.Error()), "proto: ")
	if !descriptor.ReachesSensitive(p.contract.Descriptor) {
		return text
	}
	return strings.Trim(mismatchHead.FindString(text), ": ")
}
