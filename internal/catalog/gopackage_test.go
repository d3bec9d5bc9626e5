package catalog_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A file without go_package passed check, and no Go could be generated from it; nor
// builds what other options of a file give.
func TestFilesThatBecomeNoGo(t *testing.T) {
	t.Parallel()
	file := func(pkg, option, imports string) string {
		text := strings.Replace(header, "import", imports+"import", 1) + "package " + pkg + ";\n"
		if option != "" {
			text += `option go_package = "` + option + "\";\n"
		}
		return text
	}
	order := func(pkg, option, imports string) string {
		return file(pkg, option, imports) + strings.SplitAfter(orderPlaced, "package shop.v1;\n")[1]
	}
	part := func(pkg, option, imports string) string {
		return file(pkg, option, imports) + "message Part {}\n"
	}
	const (
		template = "version: v2\nmanaged:\n  enabled: true\n  override: [{file_option: go_package_prefix, value: example.com/gen}]\n"
		local    = "plugins:\n  - {local: protoc-gen-go, out: gen}\n"
		remote   = "plugins:\n  - {remote: 'buf.build/protocolbuffers/go:v1.36.0', out: gen}\n"
		importP  = `import "p/v1/p.proto"; `
		missing  = ": no go_package: no Go can be generated from the file: add option go_package = "
	)
	rows := map[string]struct {
		files map[string]string
		want  string // of the one problem; "" for none
	}{
		"managed":               {map[string]string{"o/v1/o.proto": order("o.v1", "", ""), "buf.gen.yaml": template + local}, ""},
		"managed, for a remote": {map[string]string{"o/v1/o.proto": order("o.v1", "", ""), "buf.gen.yaml": template + remote}, ""},
		"not managed":           {map[string]string{"o/v1/o.proto": order("o.v1", "", ""), "buf.gen.yaml": "version: v2\n" + local}, "o/v1/o.proto:4" + missing + `"MODULE/o/v1", or an override of go_package_prefix to managed in buf.gen.yaml`},
		"not managed, remote":   {map[string]string{"o/v1/o.proto": order("o.v1", "", ""), "buf.gen.yaml": "version: v2\n" + remote}, "o/v1/o.proto:4" + missing},
		"not managed, declared": {map[string]string{"o/v1/o.proto": order("o.v1", "example.com/gen/o/v1;ov1", ""), "buf.gen.yaml": "version: v2\n" + local}, ""},
		"managed without a prefix": {
			map[string]string{"o/v1/o.proto": order("o.v1", "", ""), "buf.gen.yaml": "version: v2\nmanaged: {enabled: true}\n" + local},
			"o/v1/o.proto:4" + missing,
		},
		"disabled for the file": {
			map[string]string{"o/v1/o.proto": order("o.v1", "", ""), "buf.gen.yaml": template + "  disable: [{file_option: go_package, path: o}]\n" + local},
			"o/v1/o.proto:4" + missing,
		},
		"said to the plugin": {
			map[string]string{"o/v1/o.proto": order("o.v1", "", ""), "buf.gen.yaml": "version: v2\nplugins:\n  - {local: protoc-gen-go, out: gen, opt: ['paths=source_relative,Mo/v1/o.proto=example.com/o']}\n"}, "",
		},
		"no Go at all":    {map[string]string{"o/v1/o.proto": order("o.v1", "", ""), "buf.gen.yaml": "version: v2\nplugins:\n  - {local: protoc-gen-python, out: gen}\n"}, ""},
		"version v1":      {map[string]string{"o/v1/o.proto": order("o.v1", "", ""), "buf.gen.yaml": "version: v1\nplugins: [{plugin: go, out: gen}]\n"}, "o/v1/o.proto:4" + missing},
		"managed, v1":     {map[string]string{"o/v1/o.proto": order("o.v1", "", ""), "buf.gen.yaml": "version: v1\nmanaged: {enabled: true, go_package_prefix: {default: example.com/gen}}\nplugins: [{plugin: go, out: gen}]\n"}, ""},
		"of an import":    {map[string]string{"o/v1/o.proto": order("o.v1", "example.com/o", importP), "p/v1/p.proto": part("p.v1", "", "")}, "p/v1/p.proto:4" + missing},
		"of a topic":      {map[string]string{"o/v1/o.proto": order("o.v1", "example.com/o", ""), "p/v1/p.proto": file("p.v1", "", "") + strings.Replace(ordersTopic, "orders", "p", 1)}, "p/v1/p.proto:4" + missing},
		"of nobody":       {map[string]string{"o/v1/o.proto": order("o.v1", "example.com/o", ""), "p/v1/p.proto": part("p.v1", "", "")}, ""},
		"a name alone":    {map[string]string{"o/v1/o.proto": order("o.v1", "shop", "")}, `o/v1/o.proto:5: go_package "shop" is the name of a package, and not its import path: add option go_package`},
		"two names":       {map[string]string{"o/v1/o.proto": order("o.v1", "example.com/o;b", importP), "p/v1/p.proto": part("p.v1", "example.com/o;a", "")}, "p/v1/p.proto:5: the Go package example.com/o is called a here and b in o/v1/o.proto: give both files one go_package"},
		"managed by file": {map[string]string{"o/o.proto": order("o.v1", "", `import "o/p.proto"; `), "o/p.proto": part("p.v1", "", ""), "buf.gen.yaml": template + local}, "o/p.proto:4: the Go package example.com/gen/o is called pv1 here and ov1 in o/o.proto"},
		"a cycle of packages": {
			map[string]string{
				"o/v1/o.proto": order("o.v1", "example.com/o", importP), "p/v1/p.proto": part("p.v1", "example.com/p", `import "o/v1/q.proto"; `),
				"o/v1/q.proto": part("o.v1", "example.com/o", ""),
			},
			"p/v1/p.proto:2: importing o/v1/q.proto makes Go packages import each other, which Go refuses: example.com/o → example.com/p → example.com/o: move what both need into a third package",
		},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := problems(t, row.files)
			switch {
			case row.want == "":
				if diff := cmp.Diff([]string(nil), got); diff != "" {
					t.Errorf("problems (-want +got):\n%s", diff)
				}
			case len(got) != 1 || !strings.HasPrefix(got[0], row.want):
				t.Errorf("problems = %q, want one: %s", got, row.want)
			}
		})
	}
}
