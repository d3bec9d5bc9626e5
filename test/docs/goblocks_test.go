package docs_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// goBlock is a block of Go on a page, and what the comment before it says:
//
//	<!-- file: examples/notifier/main.go -->    it is that file
//	<!-- part of: examples/msk/main.go -->      it stands in that file
//	<!-- with: var ctx context.Context -->      it needs these declarations
//
// Without a comment it compiles as it is, with the imports that it needs.
type goBlock struct {
	page string
	line int // of its first line of Go
	kind string
	said string
	text string
}

// The comment ends right before the block, so it cannot be that of another one.
var goFence = regexp.MustCompile("(?ms)^(?:<!-- (file|part of|with):\\s((?:[^-]|-[^-])*)\\s-->\n)?([ \t]*)```go\n(.*?)^[ \t]*```$")

func goBlocks(page, text string) []goBlock {
	var out []goBlock
	for _, m := range goFence.FindAllStringSubmatchIndex(text, -1) {
		group := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return text[m[2*i]:m[2*i+1]]
		}
		indent := regexp.MustCompile("(?m)^" + group(3))
		out = append(out, goBlock{
			page: page, line: strings.Count(text[:m[8]], "\n") + 1,
			kind: group(1), said: group(2), text: indent.ReplaceAllString(group(4), ""),
		})
	}
	return out
}

// problem is what is wrong with the block; nil if nothing is.
func (b goBlock) problem(t *testing.T, c *compiler) error {
	t.Helper()
	switch b.kind {
	case "file": // see TestShownFilesAreTheFiles
		return nil
	case "part of":
		if !strings.Contains(read(t, filepath.Join(root, b.said)), b.text) {
			return fmt.Errorf("%s:%d: this does not stand in %s", b.page, b.line, b.said)
		}
		return nil
	}
	return c.check(b)
}

// A reader copies what a page shows. It must compile with the API as it is now.
func TestBlocksOfGoCompile(t *testing.T) {
	t.Parallel()
	c := newCompiler(t)
	fences, n := 0, 0
	for _, page := range pages(t) {
		text := read(t, page)
		name, err := filepath.Rel(root, page)
		if err != nil {
			t.Fatal(err)
		}
		fences += strings.Count(text, "```go\n")
		for _, b := range goBlocks(name, text) {
			n++
			if err := b.problem(t, c); err != nil {
				t.Error(err)
			}
		}
	}
	if n != fences || n < 10 {
		t.Errorf("%d of %d blocks were looked at", n, fences)
	}
}

// A check that finds nothing looks like one that has nothing to find.
func TestWrongBlocksOfGoAreFound(t *testing.T) {
	t.Parallel()
	c := newCompiler(t)
	for _, row := range []struct{ name, page, want string }{
		{"sound statements", "<!-- with: var ctx context.Context -->\n```go\nctx = event.WithCorrelationID(ctx, \"1\")\nunused := 1\n```\n", ""},
		{"sound declarations", "```go\nfunc f(c kafkaconn.Connection) error { return c.Check() }\n```\n", ""},
		{"left out", "```go\nfunc f() error { … }\n```\n", ""},
		{"in a list", "- so:\n\n  ```go\n  var c kafkaconn.Connection\n  ```\n", ""},
		{"a field that is gone", "\n\n```go\ncfg := eventbus.ProducerConfig{\n\tBrokers: nil,\n}\n```\n", "page.md:5: unknown field Brokers in struct literal of type eventbus.ProducerConfig"},
		{"a function that is gone", "```go\nc, err := eventbus.ConfigFromEnv()\n```\n", "page.md:2: undefined: eventbus.ConfigFromEnv"},
		{"a name that nothing declares", "```go\nctx = event.WithCorrelationID(ctx, \"1\")\n```\n", "page.md:2: undefined: ctx"},
		{"a declaration that does not compile", "<!-- with: var p *eventbus.Sender -->\n```go\np.Send()\n```\n", "page.md (with):1: undefined: eventbus.Sender"},
		{"a wrong type", "```go\nvar c kafkaconn.Connection = \"host:9092\"\n```\n", "page.md:2: cannot use"},
		{"a brace too few", "```go\ncfg := eventbus.ConsumerConfig{\n```\n", "page.md:"},
		{"an import of nothing", "```go\npackage p\n\nimport \"example.com/nothing\"\n```\n", "page.md:4: could not import example.com/nothing"},
		{"not in the file", "<!-- part of: examples/msk/main.go -->\n```go\nfunc elsewhere() {}\n```\n", "page.md:3: this does not stand in examples/msk/main.go"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			blocks := goBlocks("page.md", row.page)
			if len(blocks) != 1 {
				t.Fatalf("%d blocks", len(blocks))
			}
			got := ""
			if err := blocks[0].problem(t, c); err != nil {
				got = err.Error()
			}
			if got == "" != (row.want == "") || !strings.HasPrefix(got, row.want) {
				t.Errorf("%q, want %q", got, row.want)
			}
		})
	}
}
