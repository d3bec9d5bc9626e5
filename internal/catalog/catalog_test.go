package catalog_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
)

const (
	header = `syntax = "proto3";
import "buf/validate/validate.proto";
import "eventcontracts/v1/options.proto";
`
	ordersTopic = `option (eventcontracts.v1.topic) = {name: "orders" partitions: 2 replicas: 1 retention: "7d"};
`
	orderPlaced = header + `package shop.v1;
` + ordersTopic + `
// OrderPlaced is published when a customer has paid.
message OrderPlaced {
  option (eventcontracts.v1.event) = {topic: "orders" key: "order_id" owner: "team-orders"};
  string order_id = 1 [(buf.validate.field).string.min_len = 1];
}
`
)

// tree writes files below a new directory.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func load(t *testing.T, opts catalog.Options) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func types(c *catalog.Catalog) []string {
	var out []string
	for _, k := range c.Contracts() {
		out = append(out, k.Topic.Name+"/"+k.Type+" "+k.Version())
	}
	return out
}

var one = []string{"orders/OrderPlaced 1.0"}

func TestLoadFindsContracts(t *testing.T) {
	t.Parallel()
	workspace := map[string]string{
		"buf.yaml":                 "version: v2\nmodules:\n  - path: proto\n    excludes: [proto/old]\n",
		"proto/shop/v1/o.proto":    orderPlaced,
		"proto/old/broken.proto":   "this is no proto file",
		".git/hidden/broken.proto": "nor is this",
		"services/api/main.go":     "package main",
	}
	dir := tree(t, workspace)
	bare := tree(t, map[string]string{"shop/v1/o.proto": orderPlaced})
	v1 := tree(t, map[string]string{"buf.yaml": "version: v1\n", "shop/v1/o.proto": orderPlaced})
	nested := tree(t, map[string]string{
		"buf.yaml":              "version: v2\nmodules: [{path: .}, {path: vendored}]\n",
		"shop/v1/o.proto":       strings.Replace(orderPlaced, "package", "import \"part.proto\";\npackage", 1),
		"vendored/part.proto":   "syntax = \"proto3\";\npackage part.v1;\nmessage Part {}\n",
		"vendored/unused.proto": "syntax = \"proto3\";\npackage part.v1;\nmessage Unused {}\n",
	})
	rows := map[string]catalog.Options{
		"module inside a module":            {Dir: nested},
		"buf.yaml of the working directory": {Dir: dir},
		"buf.yaml above it":                 {Dir: filepath.Join(dir, "services", "api")},
		"directory with buf.yaml":           {Dir: t.TempDir(), Contracts: dir},
		"relative directory":                {Dir: filepath.Dir(dir), Contracts: filepath.Base(dir)},
		"directory without buf.yaml":        {Dir: t.TempDir(), Contracts: bare},
		"buf.yaml without modules":          {Dir: v1},
	}
	for name, opts := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(one, types(load(t, opts))); diff != "" {
				t.Errorf("contracts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLoadReadsImages(t *testing.T) {
	t.Parallel()
	c := load(t, catalog.Options{Dir: tree(t, map[string]string{"buf.yaml": "version: v2\n", "shop/v1/o.proto": orderPlaced})})
	all, own := &descriptorpb.FileDescriptorSet{}, &descriptorpb.FileDescriptorSet{}
	c.Files.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		fd := protodesc.ToFileDescriptorProto(f)
		all.File = append(all.File, fd)
		if f.Path() == "shop/v1/o.proto" {
			own.File = append(own.File, fd)
		}
		return true
	})
	binary, err := proto.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	text, err := protojson.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	alone, err := proto.Marshal(own)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	if _, err := zip.Write(binary); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	dir := tree(t, map[string]string{
		"image.binpb": string(binary), "image.json": string(text), "image.binpb.gz": packed.String(), "alone.binpb": string(alone),
		"not.binpb": "hello", "empty.json": "{}", "not.binpb.gz": "hello",
	})
	for _, name := range []string{"image.binpb", "image.json", "image.binpb.gz", "alone.binpb"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := load(t, catalog.Options{Dir: dir, Contracts: name})
			if diff := cmp.Diff(one, types(got)); diff != "" {
				t.Errorf("contracts (-want +got):\n%s", diff)
			}
			file, line, comment := got.Location(got.Contracts()[0].Descriptor)
			if file != "shop/v1/o.proto" || line != 8 || !strings.Contains(comment, "when a customer has paid") {
				t.Errorf("Location = %s, %d, %q, want what the source says", file, line, comment)
			}
		})
	}
	for _, name := range []string{"not.binpb", "empty.json", "not.binpb.gz"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := catalog.Load(t.Context(), catalog.Options{Dir: dir, Contracts: name})
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("Load = %v, want an error that names the file", err)
			}
		})
	}
}

func TestLoadRefusals(t *testing.T) {
	t.Parallel()
	file := tree(t, map[string]string{"a.proto": orderPlaced})
	rows := map[string]struct {
		opts catalog.Options
		want string
	}{
		"nothing there":       {catalog.Options{Dir: t.TempDir()}, "give --contracts DIR|IMAGE"},
		"no such path":        {catalog.Options{Dir: t.TempDir(), Contracts: "gone"}, "does not exist"},
		"no .proto files":     {catalog.Options{Contracts: t.TempDir()}, "holds no .proto files"},
		"one .proto file":     {catalog.Options{Contracts: filepath.Join(file, "a.proto")}, "give its import root"},
		"module that is gone": {catalog.Options{Contracts: tree(t, map[string]string{"buf.yaml": "version: v2\nmodules: [{path: gone}]\n"})}, `module "gone"`},
		"buf.yaml not YAML":   {catalog.Options{Contracts: tree(t, map[string]string{"buf.yaml": "{"})}, "buf.yaml"},
		"import path twice": {catalog.Options{Contracts: tree(t, map[string]string{
			"buf.yaml": "version: v2\nmodules: [{path: a}, {path: b}]\n", "a/x.proto": orderPlaced, "b/x.proto": orderPlaced,
		})}, "must be unique"},
		"services file that is gone": {catalog.Options{Contracts: file, Services: "gone.yaml"}, "gone.yaml"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := catalog.Load(t.Context(), row.opts)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("Load = %v, want an error with %q", err, row.want)
			}
		})
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	c := load(t, catalog.Options{Contracts: tree(t, map[string]string{"shop/v1/o.proto": orderPlaced})})
	for _, name := range []string{"OrderPlaced", "orders/OrderPlaced", "shop.v1.OrderPlaced"} {
		if got := c.Find(name); len(got) != 1 || got[0].Type != "OrderPlaced" {
			t.Errorf("Find(%q) = %v, want the event", name, got)
		}
	}
	for _, name := range []string{"", "orderplaced", "people/OrderPlaced", "shop.v2.OrderPlaced"} {
		if got := c.Find(name); len(got) != 0 {
			t.Errorf("Find(%q) = %v, want none", name, got)
		}
	}
}
