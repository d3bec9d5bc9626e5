package contractproto_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/contractproto"
)

// Every event of this repository as a line, with what no line says. An event of
// which a line says all is rendered byte for byte as its file is, given the file's
// comments: what is generated is what a person would write here.
func TestThisRepositorysEvents(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	cat, err := catalog.Load(t.Context(), catalog.Options{Dir: root})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", "golden", "catalogue")
	kept, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	var b strings.Builder
	same := 0
	for _, k := range cat.Contracts() {
		s, beyond := contractproto.Read(k.Descriptor, options)
		head := fmt.Sprintf("%s %s\n", k.Type, k.Version())
		if os.Getenv("UPDATE_GOLDEN") != "" || strings.Contains("\n"+string(kept), "\n"+head) { // who adds an event adds no golden
			fmt.Fprintf(&b, "%s  %s\n", head, s)
			for _, x := range beyond {
				fmt.Fprintf(&b, "  beyond: %s\n", x)
			}
		}
		if len(beyond) > 0 {
			continue
		}
		same++
		comment := func(d protoreflect.Descriptor) string {
			_, _, c := cat.Location(d)
			return c
		}
		e := contractproto.Event{
			Package: string(k.Descriptor.ParentFile().Package()), Message: string(k.Descriptor.Name()), Comment: comment(k.Descriptor),
			Topic: k.Topic.Name, TopicFile: topicFile(cat, k.Topic.Name), Key: k.KeyPath, Owner: k.Owner, FromPrevious: k.Options.GetFromPrevious(),
			Spec: parse(t, s.String()), Fields: map[string]contractproto.FieldOptions{},
		}
		for i := range k.Descriptor.Fields().Len() {
			fd := k.Descriptor.Fields().Get(i)
			e.Fields[string(fd.Name())] = contractproto.FieldOptions{Comment: comment(fd)}
		}
		want, err := os.ReadFile(filepath.Join(root, "proto", filepath.FromSlash(k.Descriptor.ParentFile().Path())))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), contractproto.RenderFile(e)); diff != "" {
			t.Errorf("%s (-file +rendered):\n%s", k.Type, diff)
		}
	}
	if same < 10 {
		t.Errorf("only %d events are said in full", same)
	}
	golden(t, file, b.String())
}

func topicFile(cat *catalog.Catalog, topic string) string {
	for _, t := range cat.Topics() {
		if t.Name == topic {
			return t.File
		}
	}
	return ""
}
