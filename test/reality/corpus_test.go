package reality_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/gate"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

const corpus = "../../internal/compat/testdata/corpus"

// readable are the rules that say that a record is refused, or read as something else.
// Of the others, none shows what they are about.
var readable = map[string]bool{
	compat.ConstraintTightened: true, compat.ConstraintRelaxed: true, compat.RequiredAdded: true, compat.RequiredRemoved: true,
	compat.PresenceChanged: true, compat.DefaultChanged: true, compat.EnumValueAdded: true, compat.OneofMemberAdded: true,
	compat.TypeChanged: true, compat.TopicChanged: true, compat.FieldTypeChanged: true, compat.FieldReused: true,
	compat.EnumValueRemoved: true, compat.OneofChanged: true,
}

// noRecord are findings of which no record of ours shows that they are true, and why.
var noRecord = map[string]string{
	"default/changed EVENT_DEFAULT_CHANGED B":              alwaysWritten,
	"default/removed EVENT_DEFAULT_CHANGED B":              alwaysWritten,
	"default/removed_and_required EVENT_DEFAULT_CHANGED B": alwaysWritten,
	"any/in/relaxed EVENT_CONSTRAINT_RELAXED F":            noType,
	"any/in/tightened EVENT_CONSTRAINT_TIGHTENED B":        noType,
	"any/not_in/relaxed EVENT_CONSTRAINT_RELAXED F":        noType,
	"any/not_in/tightened EVENT_CONSTRAINT_TIGHTENED B":    noType,
}

func init() {
	for _, dir := range []string{"editions/enum_closed", "editions/message_delimited", "type/enum_became_another", "type/message_became_another"} {
		noRecord[dir+" EVENT_FIELD_TYPE_CHANGED B F"] = sameInJSON
	}
	for _, dir := range []string{"renamed", "number_by_another_field", "reserved_name", "reserved_number"} {
		noRecord["reused/"+dir+" EVENT_FIELD_REUSED B F"] = notInJSON
	}
}

const (
	sameInJSON = "the two are one in JSON: they are told apart in binary, by generated code and by whoever names a type"
	notInJSON  = "a record under the old name or number is ignored, or of a state that is not compared here"

	alwaysWritten = "our writers always write a field that has a default: records without it are of others, or older than the default"
	noType        = "the types that the rule names are not among the contracts: a payload with one cannot be written as JSON"
)

// elsewhere are compatible changes after which records are read or written by nobody of
// the other side, or need not be.
var elsewhere = map[string]string{
	"event/silent/removed_past_its_sunset":  "nobody reads it any more",
	"event/silent/event_added":              "nobody reads it yet",
	"event/silent/forward_was_not_promised": "its readers were not promised anything",
}

// Each pair of the corpus is played with both sides' writers and readers: what is said to
// break has a record that breaks, and what is said to be compatible is read as it was meant.
func TestTheCorpusIsWhatReadersDo(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir(corpus, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "after.proto" {
			return err
		}
		dir := filepath.Dir(path)
		name, _ := filepath.Rel(corpus, dir)
		t.Run(filepath.ToSlash(name), func(t *testing.T) {
			t.Parallel()
			play(t, dir, filepath.ToSlash(name))
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func play(t *testing.T, dir, name string) {
	var states [2]*compat.State
	var registries [2]*event.Registry
	for i, file := range []string{"before.proto", "after.proto"} {
		raw, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		files := contracttest.Compile(t, map[string]string{file: string(raw)})
		if states[i], err = compat.NewState(files); err != nil {
			t.Fatal(err)
		}
		if registries[i], err = event.NewRegistry(files); err != nil {
			t.Skipf("%s is not sound by today's checks: %v", file, err)
		}
	}
	w := gate.NewWitness(registries[0], registries[1])
	findings := compat.Compare(states[0], states[1], compat.Options{Now: today})
	for _, f := range findings {
		if !readable[f.Rule] {
			continue
		}
		payload, became := w.Record(f)
		reason, known := noRecord[name+" "+f.Rule+" "+string(f.Promise)]
		if (payload == nil) != known {
			t.Errorf("%s (%s) of %s: the record is %s (%s), and is known to be none: %q", f.Rule, f.Promise, f.Subject, payload, became, reason)
		}
	}
	if strings.Contains(name, "silent/") && elsewhere[name] == "" {
		for _, forward := range []bool{false, true} {
			if why := w.Breaks(forward); why != "" {
				t.Errorf("it is said to be compatible (forward: %t): %s", forward, why)
			}
		}
	}
}
