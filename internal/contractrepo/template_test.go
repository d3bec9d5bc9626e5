package contractrepo_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
)

const template = `version: v2
clean: true
managed:
  enabled: true
  disable:
    - file_option: go_package
      path: buf/validate
    - path: raw
  override:
    - file_option: go_package_prefix
      value: example.com/shop/gen
plugins:
  - local: ["go", "tool", "protoc-gen-go"]
    out: gen
    opt: paths=source_relative
inputs:
  - directory: proto
    paths: [proto/shop]
`

func TestATemplateIsRead(t *testing.T) {
	t.Parallel()
	r := open(t, map[string]string{"buf.gen.yaml": template})
	got, err := r.Template("")
	if err != nil {
		t.Fatal(err)
	}
	want := &contractrepo.Template{
		File: "buf.gen.yaml", Clean: true, Managed: true,
		Disable:  []contractrepo.ManagedRule{{Option: "go_package", Path: "buf/validate"}, {Path: "raw"}},
		Override: []contractrepo.ManagedRule{{Option: "go_package_prefix", Value: "example.com/shop/gen"}},
		Plugins:  []contractrepo.Plugin{{Name: "protoc-gen-go", Out: "gen", Opt: []string{"paths=source_relative"}}},
		Inputs:   []contractrepo.Input{{Dir: "proto", Paths: []string{"proto/shop"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whatever is not understood would be missing from the result without a word.
func TestWhatOnlyBufCanDoIsRefused(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ old, now, want string }{
		{"version: v2", "version: v1", `version "v1"`},
		{"version: v2\n", "", `version ""`},
		{`local: ["go", "tool", "protoc-gen-go"]`, `local: protoc-gen-go-grpc`, "the plugin protoc-gen-go-grpc"},
		{`local: ["go", "tool", "protoc-gen-go"]`, `remote: buf.build/protocolbuffers/go`, "key remote"},
		{`local: ["go", "tool", "protoc-gen-go"]`, `protoc_builtin: java`, "key protoc_builtin"},
		{"out: gen", "out: ../gen", `out "../gen"`},
		{"out: gen", "out: gen\n    include_imports: true", "key include_imports"},
		{"file_option: go_package_prefix", "file_option: java_package_prefix", "managed.override of java_package_prefix"},
		{"      path: buf/validate", "      module: buf.build/x/y", "key module"},
		{"directory: proto", "git_repo: https://example.com/x", "key git_repo"},
		{"directory: proto", "directory: ../proto", `input "../proto"`},
		{"clean: true", "types: [a]", "key types"},
	} {
		r := open(t, map[string]string{"buf.gen.yaml": strings.Replace(template, row.old, row.now, 1)})
		_, err := r.Template("")
		if err == nil || !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), "run buf generate") {
			t.Errorf("%s: %v", row.now, err)
		}
	}
}

func TestAWrongTemplateIsRefused(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ old, now, want string }{
		{"out: gen", "out: .", "clean would remove everything"},
		{"out: gen", "out: gen\n    strategy: some", "give directory or all"},
		{"plugins:\n  - local: [\"go\", \"tool\", \"protoc-gen-go\"]\n    out: gen\n    opt: paths=source_relative\n", "", "it has no plugins"},
		{"clean: true", "clean: perhaps", "cannot unmarshal"},
	} {
		r := open(t, map[string]string{"buf.gen.yaml": strings.Replace(template, row.old, row.now, 1)})
		if _, err := r.Template(""); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v", row.now, err)
		}
	}
	if _, err := open(t, nil).Template("other.yaml"); err == nil {
		t.Error("a template that is not there is read")
	}
	if _, err := open(t, map[string]string{"go.mod": ""}).Template(""); err == nil {
		t.Error("a go.mod without a module gives import paths")
	}
}

func TestGeneratesIsWhatTheInputsHold(t *testing.T) {
	t.Parallel()
	r := open(t, map[string]string{"buf.gen.yaml": template, "proto/shop/a.proto": "", "proto/b.proto": "", "x/c.proto": ""})
	tmpl, err := r.Template("")
	if err != nil {
		t.Fatal(err)
	}
	got, err := r.Generates(tmpl)
	if diff := cmp.Diff([]string{"shop/a.proto"}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	tmpl.Inputs = append(tmpl.Inputs, contractrepo.Input{Dir: "nothing"})
	if _, err := r.Generates(tmpl); err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("an input without files: %v", err)
	}
}

// open opens a repository of two modules.
func open(t *testing.T, files map[string]string) *contractrepo.Repo {
	t.Helper()
	all := map[string]string{"buf.yaml": "version: v2\nmodules: [{path: proto}, {path: x}]\n", "proto/x/x": "", "x/x": "", "go.mod": goMod}
	for name, text := range files {
		all[name] = text
	}
	r, err := contractrepo.Open(repo(t, all), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
