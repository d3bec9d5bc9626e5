package eventbustest

import (
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/fixture"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// WalkContracts is the test of a repository of contracts, in one line:
//
//	func TestContracts(t *testing.T) { eventbustest.WalkContracts(t, "..") }
//
// It loads the contracts of dir as eventctl does, so that a new event is covered without
// a change of the test, and walks over their fixtures:
//
//   - each is there, byte for byte what the contract makes, or written by hand and what
//     its name says: accepted, or refused by this rule of this field alone;
//   - each that is accepted is written in every format, and read back equal;
//   - each that is accepted is published on an embedded broker with the topics of the
//     contracts, and handled, as what was published;
//   - each record that a release has frozen is read by today's readers as it was meant, as
//     long as it may be retained, and today's by the readers of each release that may still
//     run (eventctl release);
//   - where generated Go is linked, it reads each as the contracts do, so that code
//     which was generated before the last change is found.
//
// A failure says how to mend it: fixtures are refreshed by eventctl fixtures. What a
// contract says and no fixture shows is logged.
func WalkContracts(t *testing.T, dir string) {
	t.Helper()
	c, err := catalog.Load(t.Context(), catalog.Options{Contracts: dir})
	if err != nil {
		t.Fatalf("load the contracts of %s:\n%v", dir, err)
	}
	made, err := fixture.All(c.Registry)
	if err != nil {
		t.Fatal(err)
	}
	held, findings, err := fixture.Compare(os.DirFS(c.Root), c.Registry, made)
	if err != nil {
		t.Fatal(err)
	}
	if len(made) == 0 {
		t.Fatalf("%s has no events", c.Root)
	}
	report(t, findings)
	for _, m := range made {
		for _, missing := range m.Missing {
			t.Logf("%s has no fixture for %s", m.Contract.Descriptor.FullName(), missing)
		}
	}
	var accepted []payload
	for _, h := range held {
		for _, f := range h.Files {
			if f.Rule == "" {
				accepted = append(accepted, payload{h.Contract, path.Base(f.Path), f.Content})
			}
		}
	}
	accepted = append(accepted, examples(t, c.Registry, made)...)
	t.Run("generated Go", func(t *testing.T) {
		t.Parallel()
		walkLinked(t, held)
	})
	t.Run("releases", func(t *testing.T) {
		t.Parallel()
		walkReleases(t, dir)
	})
	t.Run("formats", func(t *testing.T) {
		t.Parallel()
		walkFormats(t, c.Files, accepted)
	})
	t.Run("broker", func(t *testing.T) {
		t.Parallel()
		walkBroker(t, c.Files, accepted)
	})
}

// examples are events of now for those contracts of which no file stays valid, because
// their rules depend on the clock.
func examples(t *testing.T, r *event.Registry, made []fixture.Made) []payload {
	t.Helper()
	var out []payload
	for _, m := range made {
		if len(m.Files) > 0 {
			continue
		}
		msg, err := fixture.Example(r, m.Contract, time.Now())
		if err != nil {
			t.Logf("%s is not walked: %v", m.Contract.Descriptor.FullName(), err)
			continue
		}
		content, err := fixture.JSON(r, msg)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, payload{m.Contract, "an example", content})
	}
	return out
}

// payload is what an accepted fixture holds.
type payload struct {
	contract *event.Contract
	name     string
	content  []byte
}

// event is the name of the message, by which other registries have it too.
func (p payload) event() protoreflect.FullName { return p.contract.Descriptor.FullName() }

// in reads the payload with another registry of the same events; nil if it has not
// this one.
func (p payload) in(t *testing.T, r *event.Registry) proto.Message {
	t.Helper()
	k := contractIn(r, p.event())
	if k == nil {
		return nil
	}
	msg, broken, err := fixture.Read(r, k, p.content)
	if err != nil || len(broken) > 0 {
		t.Errorf("%s of %s: %v %v", p.name, p.event(), broken, err)
		return nil
	}
	return msg
}

func contractIn(r *event.Registry, name protoreflect.FullName) *event.Contract {
	for _, k := range r.Contracts() {
		if k.Descriptor.FullName() == name {
			return k
		}
	}
	return nil
}

// maxFindings is how many files are named before the rest is counted: after a change
// of the generator all of them are.
const maxFindings = 10

// report fails the test with all files that are not what they should be, and with what
// to do.
func report(t *testing.T, findings []fixture.Finding) {
	t.Helper()
	if len(findings) == 0 {
		return
	}
	var b strings.Builder
	leftover := false
	for i, f := range findings {
		leftover = leftover || f.Leftover
		if i < maxFindings {
			b.WriteString("\n  " + f.String())
		}
	}
	if more := len(findings) - maxFindings; more > 0 {
		b.WriteString("\n  … and ")
		b.WriteString(terminal.Count(more, "more file"))
	}
	command := "eventctl fixtures"
	if leftover {
		command = "eventctl fixtures --prune, which deletes what is left over too"
	}
	t.Errorf("%s not what the contracts say: run %s, and look at the difference:%s", terminal.CountAre(len(findings), "fixture"), command, b.String())
}

// walkLinked reads every fixture with the generated Go of its event, where it is linked.
func walkLinked(t *testing.T, held []fixture.Held) {
	n := 0
	for _, h := range held {
		name := h.Contract.Descriptor.FullName()
		if _, err := protoregistry.GlobalFiles.FindDescriptorByName(name); err != nil {
			continue
		}
		k := contractIn(event.Linked(), name)
		if k == nil {
			t.Errorf("the linked Go type of %s is not an event: generate the Go types again", name)
			continue
		}
		for _, f := range h.Files {
			n++
			_, broken, err := fixture.Read(event.Linked(), k, f.Content)
			switch {
			case err != nil:
				t.Errorf("%s: the linked Go type cannot read it: %v: generate the Go types again", f.Path, err)
			case (f.Rule == "" || f.Readers) && len(broken) > 0:
				t.Errorf("%s: the linked Go type refuses it (%v): generate the Go types again", f.Path, broken)
			case f.Rule != "" && !f.Readers && (len(broken) != 1 || broken[0].Rule != f.Rule):
				t.Errorf("%s: the linked Go type says %v, and not %s: generate the Go types again", f.Path, broken, f.Rule)
			}
		}
	}
	if n == 0 {
		t.Skip("no generated Go of these contracts is linked into this test")
	}
}
