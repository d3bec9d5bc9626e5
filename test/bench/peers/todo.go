package peers

import (
	"fmt"
	"math/rand/v2"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/test/measure"
)

const source = "bench"

// NewTodo is the n-th event: the same one in every process.
func NewTodo(n int) *todov1.TodoCreated {
	r := rand.New(rand.NewPCG(7, uint64(n)))
	return &todov1.TodoCreated{
		TodoId:      uuid(r),
		UserId:      uuid(r),
		Title:       words(r, 5),
		Description: proto.String(words(r, 5)),
		Priority:    proto.String([]string{"low", "medium", "high", "urgent"}[r.IntN(4)]),
		DueDate:     timestamppb.New(time.Date(2027, 1, 1, 0, r.IntN(500_000), 0, 0, time.UTC)),
	}
}

// distinctEvents are few, so that they are no headroom for the collector.
const distinctEvents = 1000

// someTodos are the events that a peer is given again and again.
func someTodos() []*todov1.TodoCreated {
	var out []*todov1.TodoCreated
	for n := range distinctEvents {
		out = append(out, NewTodo(n))
	}
	return out
}

func uuid(r *rand.Rand) string {
	a, b := r.Uint64(), r.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0xfff, b&0xffffffffffff)
}

func words(r *rand.Rand, n int) string {
	list := []string{"buy", "milk", "write", "report", "call", "supplier", "review", "invoice", "book", "train", "water", "plants"}
	out := list[r.IntN(len(list))]
	for range n - 1 {
		out += " " + list[r.IntN(len(list))]
	}
	return out
}

// WriteCorpus encodes every event in a format.
func WriteCorpus(path, format string) error {
	f, err := FormatNamed(format)
	if err != nil {
		return err
	}
	return measure.WriteCorpus(path, func(n int) (key, value []byte, err error) {
		value, err = f.Encode(n)
		return []byte(NewTodo(n).TodoId), value, err
	})
}
