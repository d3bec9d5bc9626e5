package codec_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/eventcontracts/eventcontracts/internal/gocodec"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// The codecs below torture are those that the generator writes today. After a change of it:
// UPDATE_GOLDEN=torture go test ./test/codec, for which the .proto files' types must be
// current (go tool protoc-gen-go).
func TestTheTorturesCodecsAreCurrent(t *testing.T) {
	t.Parallel()
	files := map[string]string{}
	for _, name := range append(slices.Sorted(maps.Keys(formats)), "names") {
		paths, err := filepath.Glob("proto/codec/" + name + "/v1/*.proto")
		if err != nil || len(paths) != 1 {
			t.Fatal(paths, err)
		}
		text, err := os.ReadFile(paths[0])
		if err != nil {
			t.Fatal(err)
		}
		files[strings.TrimPrefix(paths[0], "proto/")] = string(text)
	}
	set, err := contracttest.Set(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	req := &pluginpb.CodeGeneratorRequest{ProtoFile: set.GetFile(), Parameter: proto.String("module=github.com/eventcontracts/eventcontracts/test/codec")}
	for name := range files {
		req.FileToGenerate = append(req.FileToGenerate, name)
	}
	gen, err := protogen.Options{}.New(req)
	if err != nil {
		t.Fatal(err)
	}
	gocodec.Generate(gen)
	resp := gen.Response()
	if resp.Error != nil || len(resp.GetFile()) != len(files) {
		t.Fatal(resp.GetError(), len(resp.GetFile()))
	}
	for _, f := range resp.GetFile() {
		is, err := os.ReadFile(f.GetName())
		if err != nil {
			t.Error(err)
		}
		diff := cmp.Diff(string(is), f.GetContent())
		if diff != "" && os.Getenv("UPDATE_GOLDEN") == "torture" {
			if err := os.WriteFile(f.GetName(), []byte(f.GetContent()), 0o600); err != nil {
				t.Error(err)
			}
		}
		if diff != "" {
			t.Errorf("%s (-is +generated):\n%s", f.GetName(), diff)
		}
	}
}

// The torture messages of the formats are one.
func TestTheTorturesDifferInNamesAlone(t *testing.T) {
	t.Parallel()
	var first string
	for name, format := range formats {
		text, err := os.ReadFile("proto/codec/" + name + "/v1/torture.proto")
		if err != nil {
			t.Fatal(err)
		}
		same := strings.NewReplacer("codec."+name+".", "codec.NAME.", "/"+name+"/v1;"+name+"v1", "/NAME/v1;NAMEv1", "torture-"+name, "torture-NAME", "format: "+format+"}", "format: FORMAT}").Replace(string(text))
		if first == "" {
			first = same
		}
		if diff := cmp.Diff(first, same); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
