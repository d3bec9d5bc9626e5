package recordview_test

import (
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/recordview"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// shop loads the contracts that eventctl's tests work on.
func shop(t *testing.T) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load(t.Context(), catalog.Options{Dir: filepath.Join("..", "cli", "testdata", "shop")})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// at is the time of every record here.
var at = time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)

// encoded is a record of an event in partition 1 at offset 7.
func encoded(t *testing.T, c *catalog.Catalog, typ, payload string) recordview.Record {
	t.Helper()
	found := c.Find(typ)
	msg := dynamicpb.NewMessage(found[len(found)-1].Descriptor)
	if err := protojson.Unmarshal([]byte(payload), msg); err != nil {
		t.Fatal(err)
	}
	rec, err := c.Registry.Encode(t.Context(), msg, event.WithSource("test"))
	if err != nil {
		t.Fatal(err)
	}
	return recordview.Record{Record: rec, Partition: 1, Offset: 7, Timestamp: at}
}
