package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// linkedEvents lists the messages of gen/events that are events.
func linkedEvents() map[protoreflect.FullName]bool {
	out := map[protoreflect.FullName]bool{}
	protoregistry.GlobalTypes.RangeMessages(func(mt protoreflect.MessageType) bool {
		if _, err := event.ContractOf(mt.Zero().Interface()); err == nil {
			out[mt.Descriptor().FullName()] = true
		}
		return true
	})
	return out
}

func TestStreamHasEveryEventOfEveryMajor(t *testing.T) {
	t.Parallel()
	want := linkedEvents()
	if len(want) < 26 {
		t.Fatalf("only %d events are linked", len(want))
	}
	for seed := range uint64(5) {
		for _, n := range []int{minRecords, 4 * minRecords} {
			t.Run(fmt.Sprintf("%d records, seed %d", n, seed), func(t *testing.T) {
				t.Parallel()
				have, keys, foreign := map[protoreflect.FullName]int{}, map[string]bool{}, 0
				items := stream(seed, n, time.Now())
				for _, it := range items {
					if it.record != nil {
						foreign++
						continue
					}
					rec, err := event.Encode(event.ContextWith(t.Context(), it.cause), it.msg, event.WithID(it.id), event.WithTime(it.at))
					if err != nil {
						t.Fatal(err)
					}
					keys[string(rec.Key)] = true
					have[proto.MessageName(it.msg)]++
				}
				if len(items) != n {
					t.Errorf("%d items", len(items))
				}
				for name := range want {
					if have[name] == 0 {
						t.Errorf("no %s", name)
					}
				}
				if foreign != n/foreignEvery {
					t.Errorf("%d foreign records", foreign)
				}
				if len(keys) < n/8 {
					t.Errorf("%d keys", len(keys))
				}
			})
		}
	}
}

func TestStreamFollowsFromItsSeed(t *testing.T) {
	t.Parallel()
	end := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	text := func(seed uint64) string {
		var out strings.Builder
		for _, it := range stream(seed, minRecords, end) {
			fmt.Fprintln(&out, it.id, it.at, it.cause, it.record)
			if it.msg != nil {
				b, err := proto.MarshalOptions{Deterministic: true}.Marshal(it.msg)
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(&out, "%x\n", b)
			}
		}
		return out.String()
	}
	first, again, other := text(7), text(7), text(8)
	if first != again {
		t.Error("one seed, two streams")
	}
	if first == other {
		t.Error("two seeds, one stream")
	}
}
