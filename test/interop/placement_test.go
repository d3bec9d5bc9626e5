package interop_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// counts are the numbers of partitions of the recorded columns.
var counts = []int{1, 2, 3, 6, 7, 12, 50, 100}

// placed is where a client places a key, by count of partitions.
type placed struct {
	key []byte
	in  map[int]int32
}

// recorded are the placements in a file that placement/record.sh wrote.
func recorded(t *testing.T, client string) []placed {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "placement."+client))
	if err != nil {
		t.Fatal(err)
	}
	var out []placed
	for lines := bufio.NewScanner(bytes.NewReader(b)); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) != 1+len(counts) {
			t.Fatalf("placement.%s: %q has %d fields", client, lines.Text(), len(f))
		}
		key, err := hex.DecodeString(f[0])
		if err != nil {
			t.Fatalf("placement.%s: %v", client, err)
		}
		p := placed{key, map[int]int32{}}
		for i, count := range counts {
			n, err := strconv.ParseInt(f[i+1], 10, 32)
			if err != nil {
				t.Fatalf("placement.%s: %v", client, err)
			}
			p.in[count] = int32(n)
		}
		out = append(out, p)
	}
	if len(out) < 100 {
		t.Fatalf("placement.%s has %d keys", client, len(out))
	}
	return out
}

// A producer of the bus puts a key where the Java client and aiokafka put it,
// for any bytes and any number of partitions.
func TestAKeyGoesWhereJavaAndAiokafkaPutIt(t *testing.T) {
	t.Parallel()
	clients := map[string][]placed{"java": recorded(t, "java"), "aiokafka": recorded(t, "aiokafka")}
	value, err := event.Encode(t.Context(), &todov1.TodoCreated{
		TodoId: "75c3a7cf-305a-4632-99f7-e2a7eeb089cb", UserId: "16d3ef8c-6b9f-477e-963a-647678e081ce", Title: "x",
	}, event.WithSource("todo-api"))
	if err != nil {
		t.Fatal(err)
	}
	for _, count := range counts {
		t.Run(fmt.Sprint(count), func(t *testing.T) {
			t.Parallel()
			b, err := broker.Start(broker.Config{Topics: []broker.Topic{{Name: "todos", Partitions: count}}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(b.Close)
			p, err := eventbus.NewProducer(eventbus.ProducerConfig{Connection: kafkaconn.Connection{Brokers: b.Addrs()}, Source: "todo-api"})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
				defer cancel()
				if err := p.Close(ctx); err != nil {
					t.Error(err)
				}
			})
			ours := map[string]int32{}
			want := map[string]map[string]int32{}
			for client, list := range clients {
				want[client] = map[string]int32{}
				for _, pl := range list {
					want[client][string(pl.key)] = pl.in[count]
				}
			}
			for _, pl := range clients["java"] {
				rec := value
				rec.Key = pl.key
				receipt, err := p.PublishRecord(t.Context(), rec)
				if err != nil {
					t.Fatal(err)
				}
				ours[string(pl.key)] = receipt.Partition
			}
			for client, theirs := range want {
				if diff := cmp.Diff(theirs, ours); diff != "" {
					t.Errorf("partitions (-%s +ours):\n%s", client, diff)
				}
			}
		})
	}
}
