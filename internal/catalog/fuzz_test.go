//go:build unix

package catalog_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// FuzzImage reads any bytes as an image.
func FuzzImage(f *testing.F) {
	set, err := contracttest.Set(f.Context(), map[string]string{"placed.proto": fmt.Sprintf(hostileEvent, "", "", "")})
	if err != nil {
		f.Fatal(err)
	}
	raw, err := proto.MarshalOptions{AllowPartial: true}.Marshal(set)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte("\n\x06\n\x01x\x12\x01y"))
	f.Fuzz(func(t *testing.T, image []byte) {
		file := filepath.Join(t.TempDir(), "image.binpb")
		if err := os.WriteFile(file, image, 0o600); err != nil {
			t.Fatal(err)
		}
		loadInTime(t, catalog.Options{Contracts: file})
	})
}

// loadInTime loads contracts, in time.
func loadInTime(t *testing.T, opts catalog.Options) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := catalog.Load(ctx, opts); ctx.Err() != nil {
		t.Fatalf("not within 20 s: %v", err)
	}
}
