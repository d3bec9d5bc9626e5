package codec_test

import (
	"bytes"
	"context"
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventrt"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

var (
	seed = flag.Uint64("same.seed", 0, "seed of the tests of sameness (default: the time)")
	runs = flag.Int("same.n", 60, "messages of each contract in the tests of sameness")
)

// random makes messages that can be made again: a failure prints the seed.
func random(t *testing.T) *contracttest.Filler {
	t.Helper()
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	t.Logf("-same.seed=%d", s)
	return &contracttest.Filler{Rand: rand.New(rand.NewPCG(s, 7)), Types: event.Linked().Types(), Files: protoregistry.GlobalFiles} //nolint:gosec // it has to be repeatable
}

// Every event is written the same, or refused with the same words, and is read the same:
// as it was written, and with a part of it replaced by something odd.
func TestGeneratedCodeChangesNoAnswer(t *testing.T) {
	t.Parallel()
	for _, p := range pairs(t) {
		t.Run(p.name(), func(t *testing.T) {
			t.Parallel()
			f := random(t)
			written, certain := 0, 0
			least := *runs / 20 // of each: fewer would prove little
			for n := 0; n < *runs || n < 50**runs && (written < least || certain < least); n++ {
				msg := p.new(t)
				fill(f, msg)
				rec, ok := p.encode(t, msg)
				if !ok {
					continue
				}
				written++
				if sure(msg) {
					certain++
				}
				p.decode(t, rec)
				for range 8 {
					odd := rec
					odd.Value = bytes.Clone(odd.Value)
					odd.Value = oddity(f.Rand, odd.Value)
					p.decode(t, odd)
				}
			}
			if written < least || certain < least {
				t.Errorf("%d messages were written, %d of them by generated code, want %d: the others prove little", written, certain, least)
			}
		})
	}
}

// encode writes msg both ways, and reports whether it was written.
func (p pair) encode(t testing.TB, msg eventrt.Message) (event.Record, bool) {
	t.Helper()
	opts := []event.Option{event.WithID(eventID), event.WithTime(time.Unix(at, 0)), event.WithSource("/codec")}
	slow, slowErr := p.ref.Encode(context.Background(), p.twin(msg), opts...)
	before := p.twin(msg)
	fast, fastErr := event.Linked().Encode(context.Background(), msg, opts...)
	sameError(t, "encode", fastErr, func() error { return slowErr }, func() error {
		_, err := p.ref.Encode(context.Background(), p.twin(msg), opts...)
		return err
	})
	if diff := cmp.Diff(slow, fast); diff != "" {
		t.Fatalf("record of %v (-reference +generated):\n%s\n%s\n%s", msg, diff, slow.Value, fast.Value)
	}
	p.sameMessage(t, "the caller's message", before, msg)
	return fast, fastErr == nil
}

// decode reads a record both ways.
func (p pair) decode(t testing.TB, rec event.Record) {
	t.Helper()
	what := "decode " + string(rec.Value)
	slowMD, slow, slowErr := p.ref.Decode(rec)
	fastMD, fast, fastErr := event.Linked().Decode(rec)
	sameError(t, what, fastErr, func() error { return slowErr })
	if diff := cmp.Diff(slowMD, fastMD); diff != "" {
		t.Fatalf("%s: metadata (-reference +generated)\n%s", what, diff)
	}
	if slowErr == nil {
		p.sameMessage(t, what, slow, fast)
	}
}
