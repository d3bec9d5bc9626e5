package catalog_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/wellknownimports"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
)

func problems(t *testing.T, files map[string]string) []string {
	t.Helper()
	if _, ok := files["buf.yaml"]; !ok {
		files["buf.yaml"] = "version: v2\n"
	}
	_, err := catalog.Load(t.Context(), catalog.Options{Dir: tree(t, files)})
	if err == nil {
		return nil
	}
	var ps catalog.Problems
	if !errors.As(err, &ps) {
		t.Fatalf("Load = %v, want problems", err)
	}
	return strings.Split(ps.Error(), "\n")
}

func TestCompilerMistakesAreProblems(t *testing.T) {
	t.Parallel()
	got := problems(t, map[string]string{
		"a.proto": "syntax = \"proto3\";\npackage a;\nmessage A { B b = 1; }\n",
		"b.proto": "syntax = \"proto3\";\npackage b;\n\nmessage C { string s = 1 }\n",
	})
	want := []string{"a.proto:3", "b.proto:4"}
	var places []string
	for _, p := range got {
		parts := strings.SplitN(p, ":", 3)
		places = append(places, parts[0]+":"+parts[1])
	}
	if diff := cmp.Diff(want, places); diff != "" {
		t.Errorf("places of the problems (-want +got):\n%s\nproblems:\n%s", diff, strings.Join(got, "\n"))
	}
}

func TestCompilerMistakesSayWhatToDo(t *testing.T) {
	t.Parallel()
	rows := map[string]struct{ text, want string }{
		"missing import": {
			strings.Replace(orderPlaced, "package", "import \"google/type/date.proto\";\npackage", 1),
			"o.proto:4: imports google/type/date.proto, which no module holds: vendor it as a module of buf.yaml, or build an image with buf build -o FILE and give it with --contracts",
		},
		"vocabulary not imported": {
			"syntax = \"proto3\";\npackage a.v1;\nmessage A { option (eventcontracts.v1.event) = {topic: \"t\"}; }\n",
			`o.proto:3: message a.v1.A: unknown extension eventcontracts.v1.event: add import "eventcontracts/v1/options.proto"`,
		},
		"rules not imported": {
			"syntax = \"proto3\";\npackage a.v1;\nmessage A { string s = 1 [(buf.validate.field).required = true]; }\n",
			`o.proto:3: field a.v1.A.s: unknown extension buf.validate.field: add import "buf/validate/validate.proto"`,
		},
		"misspelt option": {
			strings.Replace(orderPlaced, "{topic:", "{topc:", 1),
			"o.proto:9: message shop.v1.OrderPlaced: option (eventcontracts.v1.event): field topc not found: did you mean topic?",
		},
		"bytes that are not text": {
			strings.Replace(orderPlaced, "syntax", "// caf\xe9 \xff\n\nsyntax", 1),
			"o.proto:1: the file is not UTF-8: the byte 0xe9 is no part of a character: save it in UTF-8",
		},
		"UTF-16": {
			"\xff\xfes\x00y\x00",
			"o.proto:1: the file is not UTF-8: the byte 0xff is no part of a character: save it in UTF-8",
		},
		"bytes by escapes": {
			strings.Replace(orderPlaced, `owner: "`, `owner: "\xff`, 1),
			`o.proto: the text of eventcontracts.v1.EventOptions.owner is not UTF-8: write characters, or \u escapes, instead of bytes such as \xff`,
		},
		"invented option": {
			strings.Replace(orderPlaced, "partitions: 2", "shards: 2", 1),
			"o.proto:5: option (eventcontracts.v1.topic): field shards not found: give one of ",
		},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := problems(t, map[string]string{"o.proto": row.text})
			if len(got) != 1 || !strings.HasPrefix(got[0], row.want) {
				t.Errorf("problems = %q, want %q", got, row.want)
			}
		})
	}
}

func TestFileRules(t *testing.T) {
	t.Parallel()
	option := `option (eventcontracts.v1.event) = {topic: "orders" key: "id" owner: "o"}; string id = 1 [(buf.validate.field).string.min_len = 1];`
	rows := map[string]struct{ text, want string }{
		"two events": {
			header + "package shop.v1;\n" + ordersTopic + "// A.\nmessage A {" + option + "}\n// B.\nmessage B {" + option + "}\n",
			"x.proto:9: B: the file declares A too: give each event a file of its own",
		},
		"no comment": {
			header + "package shop.v1;\n" + ordersTopic + "\nmessage A {" + option + "}\n",
			"x.proto:7: A: the event has no comment: say above the message when it is published, and by what",
		},
		"nested": {
			header + "package shop.v1;\n" + ordersTopic + "message M {\n// A.\nmessage A {" + option + "}}\n",
			"x.proto:8: A: the event is declared inside another message: declare it at the top level of its file",
		},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := problems(t, map[string]string{"x.proto": row.text})
			if diff := cmp.Diff([]string{row.want}, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPackageWithoutVersion(t *testing.T) {
	t.Parallel()
	got := problems(t, map[string]string{"x.proto": strings.Replace(orderPlaced, "shop.v1", "shop", 1)})
	if len(got) != 1 || !strings.HasPrefix(got[0], "x.proto:8: OrderPlaced: ") || !strings.Contains(got[0], `"shop"`) {
		t.Errorf("problems = %q, want exactly one, about the package", got)
	}
}

func TestContractMistakesNameTheFileToOpen(t *testing.T) {
	t.Parallel()
	got := problems(t, map[string]string{
		"buf.yaml":           "version: v2\nmodules: [{path: proto}]\n",
		"proto/s/v1/o.proto": strings.Replace(orderPlaced, `key: "order_id"`, `key: "gone"`, 1),
		"proto/s/v1/p.proto": strings.NewReplacer("OrderPlaced", "Paid", ordersTopic, "", `topic: "orders"`, `topic: "nowhere"`).Replace(orderPlaced),
	})
	if len(got) < 2 || !strings.HasPrefix(got[0], "proto/s/v1/o.proto:") || !strings.Contains(got[0], "gone") ||
		!strings.HasPrefix(got[len(got)-1], "proto/s/v1/p.proto:") || !strings.Contains(strings.Join(got, "\n"), "nowhere") {
		t.Errorf("problems = %q, want those of both files", got)
	}
}

func TestServiceMistakes(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		yaml string
		want []string
	}{
		"sound": {"- service: api\n  owner: o\n  principal: User:api\n  publishes: [OrderPlaced]\n  groups: [{name: g, handles: [orders/OrderPlaced], deploys: [1]}]\n", nil},
		"empty": {"", nil},
		"unknown types": {
			"- service: api\n  owner: o\n  publishes:\n    - OrderPlaced\n    - OrderPlacd\n  groups:\n    - name: g\n      handles: [Nothing]\n      deploys: [1]\n",
			[]string{
				`services.yaml:5: api: publishes "OrderPlacd", which no contract declares: did you mean OrderPlaced?`,
				`services.yaml:8: api: group "g" handles "Nothing", which no contract declares: correct the name (eventctl list shows all) or remove it`,
			},
		},
		"unknown keys": {
			"- service: api\n  owner: o\n  publish: [OrderPlaced]\n",
			[]string{`services.yaml:3: unknown key "publish": a service has service, owner, principal, publishes and groups; a group has name, handles and deploys`},
		},
		"names and owners": {
			"- service: api\n  principal: api\n- service: api\n  owner: o\n- owner: o\n",
			[]string{
				`services.yaml:1: api: principal "api" is not a Kafka principal: write it as User:NAME`,
				`services.yaml:1: api: the service has no owner: give it owner: TEAM`,
				`services.yaml:3: api: the service is listed twice: merge the two entries`,
				`services.yaml:5: a service has no name: give it service: NAME`,
			},
		},
		"groups": {
			"- service: api\n  owner: o\n  groups:\n    - {name: g, handles: [OrderPlaced], deploys: [1]}\n    - {name: g, handles: [], deploys: [1]}\n    - {name: 'a b', handles: [OrderPlaced], deploys: [1]}\n    - {name: h, handles: [OrderPlaced], deploys: [2]}\n    - {name: i, handles: [OrderPlaced]}\n",
			[]string{
				`services.yaml:5: api: group "g" belongs to api already: a consumer group has one entry: name all that it handles there`,
				`services.yaml:5: api: group "g" handles nothing: list the types that it handles, or remove it`,
				`services.yaml:6: api: group name "a b" is not valid: use letters, digits, '.', '_' and '-', which topic names allow`,
				`services.yaml:7: api: group "h" deploys major 2, which no type that it handles has: remove it from deploys, or correct it`,
				`services.yaml:8: api: group "i" deploys no major version: list the majors that its running releases read, such as deploys: [1]`,
			},
		},
		"said twice": {
			"- {service: api, owner: o, publishes: [OrderPlaced, OrderPlaced], groups: [{name: g, handles: [OrderPlaced, OrderPlaced], deploys: [1]}]}\n",
			[]string{
				`services.yaml:1: api: group "g" handles OrderPlaced twice: list it once`,
				`services.yaml:1: api: publishes OrderPlaced twice: list it once`,
			},
		},
		"illegal name and unknown type": {
			"- service: api\n  owner: o\n  groups:\n    - handles: [Nothing]\n      deploys: [1]\n",
			[]string{
				`services.yaml:1: api: group name "" is not valid: use letters, digits, '.', '_' and '-', which topic names allow`,
				`services.yaml:4: api: group "" handles "Nothing", which no contract declares: correct the name (eventctl list shows all) or remove it`,
			},
		},
		"two documents": {"- {service: api, owner: o}\n---\n- {service: b, owner: o}\n", []string{"services.yaml:2: the file holds more than one YAML document: make them one list"}},
		"not a list":    {"services:\n  - service: api\n", []string{"services.yaml:1: the file is not a list of services: begin each with - service: NAME"}},
		"not YAML":      {"- service: [\n", []string{"services.yaml:1: did not find expected node content"}},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := problems(t, map[string]string{"o.proto": orderPlaced, "services.yaml": row.yaml})
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

// One wrong contract must not hide what is wrong with services.yaml, nor make
// its own name unknown there.
func TestServiceMistakesBesideContractMistakes(t *testing.T) {
	t.Parallel()
	got := problems(t, map[string]string{
		"o.proto":       strings.Replace(orderPlaced, `key: "order_id"`, `key: "gone"`, 1),
		"services.yaml": "- service: api\n  owner: o\n  publishes: [OrderPlaced, Nothing]\n  groups: [{name: g, handles: [orders/OrderPlaced], deploys: [1]}]\n",
	})
	want := `services.yaml:3: api: publishes "Nothing", which no contract declares: correct the name (eventctl list shows all) or remove it`
	if len(got) != 2 || !strings.Contains(got[0], `"gone"`) || got[1] != want {
		t.Errorf("problems = %q, want that of the key, and %q", got, want)
	}

	// Nor may its majors be missed.
	got = problems(t, map[string]string{
		"o.proto":       strings.Replace(orderPlaced, `key: "order_id"`, `key: "gone"`, 1),
		"p.proto":       strings.NewReplacer("shop.v1", "shop.v2", ordersTopic, "import \"o.proto\";\n").Replace(orderPlaced),
		"services.yaml": "- service: api\n  owner: o\n  groups: [{name: g, handles: [OrderPlaced], deploys: [1]}]\n",
	})
	if strings.Contains(strings.Join(got, "\n"), "deploys") {
		t.Errorf("problems = %q, want none about a major that is not sound", got)
	}
}

func TestTypeOnTwoTopicsMustBeQualified(t *testing.T) {
	t.Parallel()
	other := strings.NewReplacer("package shop.v1", "package store.v1", `"orders"`, `"store"`).Replace(orderPlaced)
	files := map[string]string{
		"o.proto": orderPlaced, "s.proto": other,
		"services.yaml": "- {service: api, owner: o, publishes: [OrderPlaced]}\n",
	}
	want := []string{`services.yaml:1: api: publishes "OrderPlaced", which topics orders and store both carry: write orders/OrderPlaced or store/OrderPlaced`}
	if diff := cmp.Diff(want, problems(t, files)); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestTopicNamesThatCollide(t *testing.T) {
	t.Parallel()
	topic := func(file, name string) string {
		return strings.NewReplacer("package shop.v1", "package "+file+".v1", `"orders"`, `"`+name+`"`).Replace(orderPlaced)
	}
	rows := map[string]struct {
		files map[string]string
		want  []string
	}{
		"derived names": {
			map[string]string{
				"a.proto": topic("a", "a"), "b.proto": topic("b", "a.b"),
				"services.yaml": "- service: s\n  owner: o\n  groups:\n    - {name: b.c, handles: [a/OrderPlaced], deploys: [1]}\n    - {name: c, handles: [a.b/OrderPlaced], deploys: [1]}\n",
			},
			[]string{
				`services.yaml:5: a.b.c.dlq: the dead-letter topic of (a.b, c) and the dead-letter topic of (a, b.c) have one name: rename the topic or the group`,
			},
		},
		"declared and derived": {
			map[string]string{
				"a.proto": topic("a", "a"), "b.proto": topic("b", "a.g.dlq"),
				"services.yaml": "- {service: s, owner: o, groups: [{name: g, handles: [a/OrderPlaced], deploys: [1]}]}\n",
			},
			[]string{`b.proto:5: a.g.dlq: the declared topic "a.g.dlq" and the dead-letter topic of (a, g) have one name: rename the topic or the group`},
		},
		"derived, '.' against '_'": {
			map[string]string{
				"a.proto": topic("a", "a"), "b.proto": topic("b", "a_g.redrive"),
				"services.yaml": "- {service: s, owner: o, groups: [{name: g, handles: [a/OrderPlaced], deploys: [1]}]}\n",
			},
			[]string{`b.proto:5: a_g.redrive: the declared topic "a_g.redrive" and the redrive topic of (a, g), named "a.g.redrive", differ only in '.' and '_', which Kafka refuses: rename the topic or the group`},
		},
		"too long": {
			map[string]string{
				"a.proto":       topic("a", strings.Repeat("a", 240)),
				"services.yaml": "- {service: s, owner: o, groups: [{name: grp, handles: [OrderPlaced], deploys: [1]}]}\n",
			},
			[]string{`services.yaml:1: ` + strings.Repeat("a", 240) + `.grp.redrive: the name of the redrive topic of (` + strings.Repeat("a", 240) + `, grp) has 252 characters, of which Kafka takes 249: shorten the name of the topic or of the group`},
		},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(row.want, problems(t, row.files)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
	// Package event has told it, and the two topics' derived names need no word.
	got := problems(t, map[string]string{"a.proto": topic("a", "a.b"), "b.proto": topic("b", "a_b")})
	want := []string{`b.proto:5: topic "a_b": its name and that of "a.b", declared in a.proto, differ only in '.' and '_', which Kafka refuses: rename one of the two`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestReplacementMustExist(t *testing.T) {
	t.Parallel()
	text := strings.Replace(orderPlaced, `owner: "team-orders"`, `owner: "team-orders" deprecated: {since: "2026-01-01" sunset: "2026-06-01" replaced_by: "OrderPayed"}`, 1)
	got := problems(t, map[string]string{"o.proto": text})
	want := []string{`o.proto:8: OrderPlaced: deprecated.replaced_by "OrderPayed", which no contract declares: did you mean OrderPlaced?`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// A file that buf.yaml leaves out was compiled when another one imported it, which buf
// refuses.
func TestFilesThatBufLeavesOutCannotBeImported(t *testing.T) {
	t.Parallel()
	for name, yaml := range map[string]string{
		"excludes":       "version: v2\nmodules: [{path: ., excludes: [old]}]\n",
		"includes":       "version: v2\nmodules: [{path: ., includes: [shop]}]\n",
		"excludes of v1": "version: v1\nbuild: {excludes: [old]}\n",
		"a module in it": "version: v2\nmodules: [{path: .}, {path: old}]\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := problems(t, map[string]string{
				"buf.yaml": yaml, "old/part.proto": "syntax = \"proto3\";\npackage old;\nmessage Part {}\n",
				"shop/v1/o.proto": strings.Replace(orderPlaced, "package", "import \"old/part.proto\";\npackage", 1),
			})
			if len(got) != 1 || !strings.HasPrefix(got[0], "shop/v1/o.proto:4: imports old/part.proto, which no module holds") {
				t.Errorf("problems = %q, want that of the import", got)
			}
		})
	}
}

// Contracts that vendor descriptor.proto had 289 problems: what is lent to them came
// with one of its own. So it was with every other file that the lent ones import.
func TestVendoredFilesOfProtobuf(t *testing.T) {
	t.Parallel()
	standard := wellknownimports.WithStandardImports(protocompile.ResolverFunc(func(string) (protocompile.SearchResult, error) {
		return protocompile.SearchResult{}, protoregistry.NotFound
	}))
	text := func(name string) string {
		found, err := standard.FindFileByPath(name)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(found.Source)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	all := map[string]string{}
	for _, name := range []string{"descriptor", "timestamp", "duration", "field_mask"} {
		all["google/protobuf/"+name+".proto"] = text("google/protobuf/" + name + ".proto")
	}
	for name, text := range clone(all) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := problems(t, map[string]string{"shop/v1/o.proto": orderPlaced, name: text}); len(got) > 0 {
				t.Errorf("%d problems, the first of them %s", len(got), got[0])
			}
		})
	}
	t.Run("all", func(t *testing.T) {
		t.Parallel()
		all["shop/v1/o.proto"] = orderPlaced
		if got := problems(t, all); len(got) > 0 {
			t.Errorf("%d problems, the first of them %s", len(got), got[0])
		}
	})
}

func clone(files map[string]string) map[string]string {
	out := map[string]string{}
	for name, text := range files {
		out[name] = text
	}
	return out
}
