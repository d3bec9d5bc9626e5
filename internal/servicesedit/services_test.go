package servicesedit_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/servicesedit"
)

func parse(t *testing.T, src string) *servicesedit.File {
	t.Helper()
	f, err := servicesedit.Parse("services.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func publishes(f *servicesedit.File) error { return f.AddPublishes("s", "New") }
func handles(f *servicesedit.File) error   { return f.AddHandles("g", "New") }

func group(f *servicesedit.File) error {
	return f.AddGroup("s", servicesedit.Group{Name: "h", Handles: []string{"A", "B"}, Deploys: []int{1, 2}})
}

func service(f *servicesedit.File) error {
	return f.AddService(servicesedit.Service{
		Name: "t", Owner: "team-t", Principal: "User:t", Publishes: []string{"A"},
		Groups: []servicesedit.Group{{Name: "t", Handles: []string{"B"}, Deploys: []int{1}}},
	})
}

func TestEdits(t *testing.T) {
	t.Parallel()
	const tail = "  groups:\n    - name: g\n      handles: [A]\n"
	added := "- service: t\n  owner: team-t\n  principal: User:t\n  publishes:\n    - A\n  groups:\n    - name: t\n      handles: [B]\n      deploys: [1]\n"
	for name, c := range map[string]struct {
		edit      func(*servicesedit.File) error
		src, want string
	}{
		"a block list":                     {publishes, "- service: s\n  publishes:\n    - A # a\n    # end\n" + tail, "- service: s\n  publishes:\n    - A # a\n    - New\n    # end\n" + tail},
		"a block list at the key":          {publishes, "- service: s\n  publishes:\n  -   A\n", "- service: s\n  publishes:\n  -   A\n  -   New\n"},
		"quotes":                           {publishes, "- service: \"s\"\n  publishes:\n    - \"A\"\n    - 'it''s # x'\n", "- service: \"s\"\n  publishes:\n    - \"A\"\n    - 'it''s # x'\n    - New\n"},
		"CRLF":                             {publishes, "- service: s\r\n  publishes:\r\n    - A\r\n", "- service: s\r\n  publishes:\r\n    - A\r\n    - New\r\n"},
		"no final newline":                 {publishes, "- service: s\n  publishes:\n    - A", "- service: s\n  publishes:\n    - A\n    - New"},
		"byte order mark":                  {publishes, "\xef\xbb\xbf- {service: s, publishes: [A]}\n", "\xef\xbb\xbf- {service: s, publishes: [A, New]}\n"},
		"letters of several bytes":         {publishes, "- {service: s, owner: \"é, ]\", publishes: [É]}\n", "- {service: s, owner: \"é, ]\", publishes: [É, New]}\n"},
		"no list":                          {publishes, "- service: s\n  owner: o # o\n" + tail, "- service: s\n  owner: o # o\n  publishes:\n    - New\n" + tail},
		"no list, as others indent":        {publishes, "- service: s\n- service: t\n  publishes:\n  - A\n", "- service: s\n  publishes:\n  - New\n- service: t\n  publishes:\n  - A\n"},
		"a list with an anchor":            {publishes, "- service: s\n  publishes: &p [A]\n", "- service: s\n  publishes: &p [A, New]\n"},
		"a key without a list":             {publishes, "- service: s\n  publishes: # none\n" + tail, "- service: s\n  publishes: # none\n    - New\n" + tail},
		"an empty list":                    {publishes, "- service: s\n  publishes: []\n", "- service: s\n  publishes: [New]\n"},
		"there":                            {publishes, "- service: s\n  publishes: ['New']\n", "- service: s\n  publishes: ['New']\n"},
		"a mapping in braces":              {publishes, "- {service: s, owner: o}\n", "- {service: s, owner: o, publishes: [New]}\n"},
		"a flow list":                      {handles, "- service: s\n  groups:\n    - name: g\n      handles: [A, B] # all\n      deploys: [1]\n", "- service: s\n  groups:\n    - name: g\n      handles: [A, B, New] # all\n      deploys: [1]\n"},
		"a comma at the end":               {handles, "- service: s\n  groups: [{name: g, handles: [A, B, ]}]\n", "- service: s\n  groups: [{name: g, handles: [A, B, New ]}]\n"},
		"a flow list over lines":           {handles, "- service: s\n  groups:\n    - name: g\n      handles: [\n        A, # a\n        B # b\n      ]\n", "- service: s\n  groups:\n    - name: g\n      handles: [\n        A, # a\n        B, # b\n        New\n      ]\n"},
		"a flow list over lines, a comma":  {handles, "- service: s\n  groups:\n    - name: g\n      handles: [\n        A,\n      ]\n", "- service: s\n  groups:\n    - name: g\n      handles: [\n        A,\n        New,\n      ]\n"},
		"a group that handles nothing":     {handles, "- service: s\n  groups:\n    - name: g\n      deploys: [1]\n", "- service: s\n  groups:\n    - name: g\n      handles: [New]\n      deploys: [1]\n"},
		"a group's block list":             {handles, "- service: s\n  groups:\n    - name: g\n      handles:\n        - A\n      deploys: [1]\n", "- service: s\n  groups:\n    - name: g\n      handles:\n        - A\n        - New\n      deploys: [1]\n"},
		"a group beside one":               {group, "- service: s\n" + tail + "- service: t\n", "- service: s\n" + tail + "    - name: h\n      handles: [A, B]\n      deploys: [1, 2]\n- service: t\n"},
		"a first group":                    {group, "- service: s\n  publishes:\n    - A # a\n\n- service: t\n", "- service: s\n  publishes:\n    - A # a\n  groups:\n    - name: h\n      handles: [A, B]\n      deploys: [1, 2]\n\n- service: t\n"},
		"a group in a flow list":           {group, "- service: s\n  groups: []\n", "- service: s\n  groups: [{name: h, handles: [A, B], deploys: [1, 2]}]\n"},
		"a group that is there":            {group, "- service: s\n  groups:\n    - name: h\n      handles: [B]\n", "- service: s\n  groups:\n    - name: h\n      handles: [B, A]\n"},
		"a service":                        {service, "# head\n- service: s\n  owner: o\n# end\n", "# head\n- service: s\n  owner: o\n\n" + added + "# end\n"},
		"a service, closely":               {service, "- service: s\n- service: r\n", "- service: s\n- service: r\n" + added},
		"a service, indented":              {service, "  - service: s\n  - service: r\n", "  - service: s\n  - service: r\n  " + strings.TrimRight(strings.ReplaceAll(added, "\n", "\n  "), " ")},
		"a first service":                  {service, "", added},
		"a first service below a comment":  {service, "# head\r\n", "# head\r\n" + strings.ReplaceAll(added, "\n", "\r\n")},
		"a first service, no last newline": {service, "# head", "# head\n" + strings.TrimSuffix(added, "\n")},
		"a service in brackets":            {service, "[]", "[{service: t, owner: team-t, principal: User:t, publishes: [A], groups: [{name: t, handles: [B], deploys: [1]}]}]"},
		"a service that is there":          {service, "- service: t\n", "- service: t\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := parse(t, c.src)
			if err := c.edit(f); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, string(f.Bytes())); diff != "" {
				t.Error(diff)
			}
			if err := c.edit(f); err != nil || string(f.Bytes()) != c.want {
				t.Errorf("a second time: %v\n%s", err, f.Bytes())
			}
		})
	}
}

func TestNamesThatYAMLWouldReadOtherwiseAreQuoted(t *testing.T) {
	t.Parallel()
	f := parse(t, "- service: s\n  publishes: [A]\n")
	for _, name := range []string{"true", "1", "a: b", "#x", "a, b", `q"\`, "User:x", "", "é"} {
		if err := f.AddPublishes("s", name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	want := `- service: s
  publishes: [A, "true", "1", "a: b", "#x", "a, b", q"\, User:x, "", é]
`
	if diff := cmp.Diff(want, string(f.Bytes())); diff != "" {
		t.Error(diff)
	}
}

func TestWhatCannotBeEditedIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	byHand := ": it is written in a way that cannot be edited here: edit it by hand"
	for name, c := range map[string]struct {
		edit      func(*servicesedit.File) error
		src, want string
	}{
		"no such service":       {publishes, "- service: b\n- service: a\n", `services.yaml:1:1: service "s" is not in this file: give one of a, b, or add it first`},
		"no such group":         {handles, "", `services.yaml:1:1: group "g" is not in this file: add it first`},
		"not a list":            {publishes, "- service: s\n  publishes: A\n", "services.yaml:2:14: it is not a list of types: make it a list"},
		"another's group":       {group, "- service: s\n- service: t\n  groups:\n    - name: h\n", `services.yaml:4:7: group "h" belongs to t already: choose another name`},
		"an alias":              {publishes, "- service: r\n  publishes: &p [A]\n- service: s\n  publishes: *p\n", "services.yaml:4:14: it is not a list of types: make it a list"},
		"a text over lines":     {publishes, "- service: s\n  publishes:\n    - >-\n      A\n", "services.yaml:3:5" + byHand},
		"keys that are no text": {publishes, "- service: s\n  1: x\n  publishes: [A]\n", "services.yaml:3:14" + byHand},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := parse(t, c.src)
			if err := c.edit(f); err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if string(f.Bytes()) != c.src {
				t.Errorf("the file has changed:\n%s", f.Bytes())
			}
		})
	}
	for src, want := range map[string]string{
		"a: b":                 "services.yaml:1:1: the file is not a list of services: begin each with - service: NAME",
		"- a\n":                "services.yaml:1:3: the entry is not a service: begin it with - service: NAME",
		"- service: s\n  b: [": "services.yaml:2:1: yaml: line 2: did not find expected node content: mend it before it is edited",
	} {
		if _, err := servicesedit.Parse("services.yaml", []byte(src)); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

func edits() []func(*servicesedit.File) error {
	return []func(*servicesedit.File) error{
		publishes, handles, group, service,
		func(f *servicesedit.File) error { return f.AddPublishes("audit-log", "New") },
		func(f *servicesedit.File) error { return f.AddPublishes("todo-api", "New") },
		func(f *servicesedit.File) error { return f.AddHandles("audit-log", "New") },
		func(f *servicesedit.File) error { return f.AddHandles("analytics", "New") },
		func(f *servicesedit.File) error {
			return f.AddGroup("notifier", servicesedit.Group{Name: "mail", Handles: []string{"A"}, Deploys: []int{1}})
		},
		func(f *servicesedit.File) error {
			return f.AddGroup("identity", servicesedit.Group{Name: "login", Handles: []string{"A"}, Deploys: []int{1}})
		},
	}
}

// Every edit of the repository's own file is one range that was inserted.
func TestTheRepositorysServicesKeepTheirOtherBytes(t *testing.T) {
	t.Parallel()
	src, err := os.ReadFile("../../services.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range [][]byte{src, bytes.ReplaceAll(src, []byte("\n"), []byte("\r\n")), bytes.TrimRight(src, "\n"), append([]byte("\xef\xbb\xbf"), src...)} {
		for i, edit := range edits()[3:] {
			f := parse(t, string(text))
			if err := edit(f); err != nil {
				t.Errorf("edit %d: %v", i, err)
				continue
			}
			after := f.Bytes()
			head := 0
			for head < len(text) && text[head] == after[head] {
				head++
			}
			if !bytes.HasSuffix(after, text[head:]) || len(after) <= len(text) {
				t.Errorf("edit %d changes other bytes:\n%s", i, after)
			}
			if n := bytes.Count(after, []byte("\n")) - bytes.Count(after, []byte("\r\n")); bytes.Contains(text, []byte("\r\n")) && n > 0 {
				t.Errorf("edit %d has %d lines that end in another way", i, n)
			}
		}
	}
}

// FuzzEdit wants no panic whatever the file is, and no file changed by an edit that
// fails.
func FuzzEdit(f *testing.F) {
	for _, seed := range []string{"- service: s\n  publishes: [A,\n B # c\n ]\n  groups:\n  - name: g\n    handles: ['a''b', \"c\\\"\"]\n", "- {service: s, groups: [{name: g}]}", "- service: s\n  publishes:\n", "[]", ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 4096 {
			return
		}
		for i, edit := range edits() {
			file, err := servicesedit.Parse("services.yaml", src)
			if err != nil {
				return
			}
			if err := edit(file); err != nil && !bytes.Equal(file.Bytes(), src) {
				t.Errorf("edit %d has failed and changed the file: %v", i, err)
			}
		}
	})
}
