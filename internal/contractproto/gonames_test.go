package contractproto_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/eventcontracts/eventcontracts/internal/spec"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// What protoc-gen-go makes of every golden compiles: keywords as names, enums with
// the names of messages, and all other fields that the language takes. What it
// refuses has its reason: reset would be Reset_, and proto_reflect does not compile.
func TestGoldensCompileInGo(t *testing.T) {
	t.Parallel()
	files := map[string]string{topicsFile: topics}
	for name, line := range lines {
		file, text := render(name, parse(t, line))
		files[file] = text
	}
	if out, err := build(t, files); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// The reasons that errors give for refusing a name are true.
func TestRefusedNamesAreBadInGo(t *testing.T) {
	t.Parallel()
	s := parse(t, "x (str), other (str)")
	field := func(name string) map[string]string {
		file, text := render("named", s)
		return map[string]string{topicsFile: topics, file: strings.Replace(text, "string other", "string "+name, 1)}
	}
	for _, name := range []string{"reset", "string", "proto_message", "marshal", "unmarshal", "extension_range_array", "extension_map", "descriptor", "get_x"} {
		if _, err := spec.Parse("x (str), "+name+" (str)", options); err == nil {
			t.Errorf("%s is accepted", name)
		}
		code := generate(t, field(name))
		if renamed := "\t" + spec.EnumName(name) + "_ "; !strings.Contains(code["golden/v1/named.pb.go"], renamed) {
			t.Errorf("protoc-gen-go no longer renames %s: there is no %q", name, renamed)
		}
	}
	if out, err := build(t, field("proto_reflect")); err == nil || !strings.Contains(string(out), "ProtoReflect") {
		t.Errorf("a field proto_reflect compiles: %v\n%s", err, out)
	}
}

// generate runs protoc-gen-go, as it is pinned in go.mod.
func generate(t *testing.T, files map[string]string) map[string]string {
	t.Helper()
	set, err := contracttest.Set(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	req := &pluginpb.CodeGeneratorRequest{ProtoFile: set.File, Parameter: proto.String("paths=source_relative")}
	for name := range files {
		req.FileToGenerate = append(req.FileToGenerate, name)
		*req.Parameter += ",M" + name + "=" + module + "/internal/contractproto/generated;generated"
	}
	raw, err := proto.Marshal(req)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "tool", "protoc-gen-go")
	cmd.Stdin, cmd.Stderr = bytes.NewReader(raw), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var resp pluginpb.CodeGeneratorResponse
	if err := proto.Unmarshal(out, &resp); err != nil {
		t.Fatal(err)
	}
	if resp.GetError() != "" {
		t.Fatal(resp.GetError())
	}
	code := map[string]string{}
	for _, f := range resp.File {
		code[f.GetName()] = f.GetContent()
	}
	return code
}

const module = "github.com/eventcontracts/eventcontracts"

// build compiles the code of contracts as a package of this module that is on no
// disk.
func build(t *testing.T, files map[string]string) ([]byte, error) {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var overlay strings.Builder
	for name, code := range generate(t, files) {
		base := filepath.Base(name)
		if err := os.WriteFile(filepath.Join(dir, base), []byte(code), 0o644); err != nil {
			t.Fatal(err)
		}
		if overlay.Len() > 0 {
			overlay.WriteByte(',')
		}
		overlay.WriteString(`"` + filepath.ToSlash(filepath.Join(here, "generated", base)) + `":"` + filepath.ToSlash(filepath.Join(dir, base)) + `"`)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, []byte(`{"Replace":{`+overlay.String()+`}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	return exec.CommandContext(t.Context(), "go", "build", "-overlay", list, "./generated").CombinedOutput()
}
