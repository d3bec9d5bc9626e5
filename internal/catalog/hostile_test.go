//go:build unix

package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
)

const hostileEvent = `syntax = "proto3";
package shop.v1;
import "buf/validate/validate.proto";
import "eventcontracts/v1/options.proto";
option go_package = "example.com/shop/v1";
option (eventcontracts.v1.topic) = {name: "orders" partitions: 1 replicas: 1 retention: "7d"};
// Placed is published when an order is placed.
message Placed {
  option (eventcontracts.v1.event) = {topic: "orders" key: "id" owner: "team"};
  %s
  string id = 1 [(buf.validate.field).string.uuid = true%s];
  optional string note = 2 [(eventcontracts.v1.field).default = "x"%s];
}
`

// Contracts of a stranger's pull request ran check for an hour, or took all memory, or
// had it read what lies outside of them.
func TestHostileContracts(t *testing.T) {
	t.Parallel()
	var loops strings.Builder
	for _, v := range "abcdefghij" {
		fmt.Fprintf(&loops, "[0,1,2,3,4,5,6,7,8,9].all(%c, ", v)
	}
	bomb := `cel = {id: "bomb" message: "m" expression: "` + loops.String() + "a+j>=0" + strings.Repeat(")", 10) + `"}`
	rule := ", (buf.validate.field)." + bomb
	secret := filepath.Join(t.TempDir(), "secret.proto")
	if err := os.WriteFile(secret, []byte("canary"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := func(to, name string) func(string) error {
		return func(dir string) error { return os.Symlink(to, filepath.Join(dir, name)) }
	}
	for name, row := range map[string]struct {
		proto string
		make  func(dir string) error
		want  string
	}{
		"sound":                           {fmt.Sprintf(hostileEvent, "", "", ""), nil, ""},
		"a rule of the message":           {fmt.Sprintf(hostileEvent, "option (buf.validate.message)."+strings.Replace(bomb, "cel =", "cel =", 1)+";", "", ""), nil, `rule "bomb"`},
		"a rule of the key":               {fmt.Sprintf(hostileEvent, "", rule, ""), nil, `rule "bomb"`},
		"a rule of a default":             {fmt.Sprintf(hostileEvent, "", "", rule), nil, `rule "bomb"`},
		"a nested literal":                {strings.Repeat("{", 65), nil, "placed.proto:1: braces are nested"},
		"a nested literal, not in a text": {"// '\n/* \" */ option x = \"\\\"'{\" " + strings.Repeat("{n: ", 65), nil, "placed.proto:2: braces are nested"},
		"a large file":                    {strings.Repeat(" ", 1<<20+1), nil, "more than 1048576 bytes"},
		"a device":                        {"", link("/dev/zero", "proto/zero.proto"), "a link leads out"},
		"a file elsewhere":                {"", link(secret, "proto/link.proto"), "a link leads out"},
		"an import elsewhere":             {`import "x/secret.proto";`, link(filepath.Dir(secret), "proto/x"), ""},
		"services.yaml elsewhere":         {"", link(secret, "services.yaml"), "a link leads out"},
		"a module elsewhere": {"", func(dir string) error {
			_ = os.WriteFile(filepath.Join(dir, "buf.yaml"), []byte("version: v2\nmodules: [{path: other}]\n"), 0o600)
			return os.Symlink(filepath.Dir(secret), filepath.Join(dir, "other"))
		}, "escapes"},
		"a pipe": {"", func(dir string) error { return syscall.Mkfifo(filepath.Join(dir, "proto", "pipe.proto"), 0o600) }, "not a regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "proto"), 0o700); err != nil {
				t.Fatal(err)
			}
			files := map[string]string{"buf.yaml": "version: v2\nmodules: [{path: proto}]\n", "proto/placed.proto": row.proto}
			if row.proto == "" {
				files["proto/placed.proto"] = fmt.Sprintf(hostileEvent, "", "", "")
			}
			for file, text := range files {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if row.make != nil {
				if err := row.make(dir); err != nil {
					t.Fatal(err)
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			_, err := catalog.Load(ctx, catalog.Options{Dir: dir})
			switch {
			case name == "sound":
				if err != nil {
					t.Error(err)
				}
			case err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "canary"):
				t.Errorf("%.500v, want %q", err, row.want)
			}
		})
	}
}

// A signal ends the loading of contracts at once, whatever they are.
func TestLoadEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := catalog.Load(ctx, catalog.Options{Dir: filepath.Join("..", "cli", "testdata", "shop")}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want it to be cancelled", err)
	}
}
