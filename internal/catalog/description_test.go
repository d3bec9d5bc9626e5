package catalog_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
)

func TestDescribe(t *testing.T) {
	t.Parallel()
	c, err := catalog.Load(t.Context(), catalog.Options{Dir: filepath.Join("..", "cli", "testdata", "shop")})
	if err != nil {
		t.Fatal(err)
	}
	d := c.Describe(c.Find("CustomerRegistered")[0])
	if d.Type != "CustomerRegistered" || d.Topic != "people" || d.Line == 0 || d.Comment == "" {
		t.Errorf("summary = %+v", d.Summary)
	}
	want := []catalog.FieldDescription{
		{Name: "customer_id", Type: "string"},
		{Name: "email", Type: "string", Sensitivity: "personal"},
		{Name: "addresses", Type: "repeated shop.people.v1.Address"},
	}
	got := d.Fields[:min(len(want), len(d.Fields))]
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(catalog.FieldDescription{}, "Presence", "Rules", "Comment")); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	for _, k := range c.Contracts() {
		if s := c.Summary(k); s.Type != k.Type || s.File == "" {
			t.Errorf("summary of %s = %+v", k.Type, s)
		}
	}
}
