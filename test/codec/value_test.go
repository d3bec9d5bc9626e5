package codec_test

import (
	"slices"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/eventcontracts/eventcontracts/pkg/eventrt"
)

// A handler sees Go values, in which nil and empty are two: of bytes that are empty, and
// have no presence, generated code once made the other one.
func TestGoValuesAreThoseOfProtojson(t *testing.T) {
	t.Parallel()
	exported := cmp.FilterPath(func(p cmp.Path) bool {
		field, ok := p.Last().(cmp.StructField)
		// Defaults, which the codec sets too, are not protojson's.
		return ok && (unicode.IsLower([]rune(field.Name())[0]) || slices.Contains([]string{"Dtext", "De", "Dn", "Dd", "Db", "Draw", "Dp"}, field.Name()))
	}, cmp.Ignore())
	p := torture(t, "envelope")
	sure := 0
	for i := range p.fast.Descriptor.Fields().Len() {
		fd := p.fast.Descriptor.Fields().Get(i)
		for _, v := range odd {
			values := []string{v}
			if fd.IsList() || fd.IsMap() {
				values = []string{"[" + v + "]", `{"1":` + v + `}`, "[]", "{}"}
			}
			for _, v := range values {
				text := `{"` + fd.TextName() + `":` + v + `}`
				var d eventrt.Decoder
				d.Reset([]byte(text), 0, 1<<20, false)
				got := p.new(t).Event_codec().Parse(&d)
				if !d.Ended() || !d.Sure() {
					continue
				}
				sure++
				want := p.new(t)
				if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal([]byte(text), want); err != nil {
					t.Errorf("%s: %v", text, err)
					continue
				}
				if diff := cmp.Diff(want, got, exported, cmpopts.EquateNaNs()); diff != "" {
					t.Errorf("%s (-protojson +generated):\n%s", text, diff)
				}
			}
		}
	}
	if sure < 500 {
		t.Errorf("generated code was sure of %d values: they prove little", sure)
	}
}
