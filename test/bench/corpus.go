package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"syscall"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

const (
	topicName  = "todos"
	partitions = 3
	keys       = 100_000
	keySize    = 36  // a UUID as text
	slotSize   = 640 // of the corpus: length, key and value of one record
	source     = "bench"
)

// newTodo is the n-th event: the same one in every process.
func newTodo(n int) *todov1.TodoCreated {
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

// corpus is the encoded form of all events, mapped from a file: the collector
// neither scans it nor counts it, so that it is no headroom for anybody.
type corpus []byte

// writeCorpus encodes every event as its topic's contract says.
func writeCorpus(path string) error {
	out := make([]byte, 0, keys*slotSize)
	for n := range keys {
		rec, err := event.Encode(context.Background(), newTodo(n), event.WithSource(source))
		if err != nil {
			return fmt.Errorf("make the corpus: %w", err)
		}
		if len(rec.Key) != keySize || 2+keySize+len(rec.Value) > slotSize {
			return fmt.Errorf("make the corpus: a record of %d bytes does not fit its slot", len(rec.Value))
		}
		slot := make([]byte, slotSize)
		binary.LittleEndian.PutUint16(slot, uint16(len(rec.Value)))
		copy(slot[2:], rec.Key)
		copy(slot[2+keySize:], rec.Value)
		out = append(out, slot...)
	}
	if err := os.WriteFile(path, out, 0o600); err != nil {
		return fmt.Errorf("make the corpus: %w", err)
	}
	return nil
}

func openCorpus(path string) (corpus, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the corpus: %w", err)
	}
	defer func() { _ = f.Close() }() // read only; the mapping stays
	c, err := syscall.Mmap(int(f.Fd()), 0, keys*slotSize, syscall.PROT_READ, syscall.MAP_SHARED|syscall.MAP_POPULATE)
	if err != nil {
		return nil, fmt.Errorf("map the corpus: %w", err)
	}
	return c, nil
}

// record is the key and value of the n-th event. Its bytes are the corpus's.
func (c corpus) record(n int) (key, value []byte) {
	slot := c[n%keys*slotSize:][:slotSize]
	size := binary.LittleEndian.Uint16(slot)
	return slot[2:][:keySize], slot[2+keySize:][:size]
}

// valueSize is the mean size of a value.
func (c corpus) valueSize() int {
	total := 0
	for n := range keys {
		_, value := c.record(n)
		total += len(value)
	}
	return total / keys
}
