package catalog_test

import (
	"path/filepath"
	"strings"
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

// Two blanks of a pattern were told as one, so that it was another pattern.
func TestRulesAreToldAsTheyAre(t *testing.T) {
	t.Parallel()
	rule := `(buf.validate.field).string.min_len = 1`
	text := strings.Replace(orderPlaced, rule, `(buf.validate.field).string = {min_len: 1, pattern: "^a  \"  b$"}`, 1)
	c := load(t, catalog.Options{Contracts: tree(t, map[string]string{"shop/v1/order.proto": text})})
	want := `string:{min_len:1 pattern:"^a  \"  b$"}`
	if got := c.Describe(c.Contracts()[0]).Fields[0].Rules; got != want {
		t.Errorf("the rules are %s, want %s", got, want)
	}
}

// Whoever writes a reader has to know what it will meet.
func TestReadersRulesAreTold(t *testing.T) {
	t.Parallel()
	rule := `(buf.validate.field).string.min_len = 1`
	text := strings.Replace(orderPlaced, rule, rule+`, (eventcontracts.v1.field).accept = {required: false, string: {max_len: 9}}`, 1)
	_, err := catalog.Load(t.Context(), catalog.Options{Contracts: tree(t, map[string]string{"shop/v1/order.proto": text})})
	if err == nil || !strings.Contains(err.Error(), "accept demands at most 9 characters") {
		t.Errorf("a narrower accept: %v", err)
	}
	for accept, want := range map[string]string{`.string.max_bytes = 100000`: "string:{max_bytes:100000}", ` = {}`: "any value"} {
		text := strings.Replace(orderPlaced, rule, `(buf.validate.field).string = {min_len: 1, max_len: 9}, (eventcontracts.v1.field).accept`+accept, 1)
		c := load(t, catalog.Options{Contracts: tree(t, map[string]string{"shop/v1/order.proto": text})})
		if got := c.Describe(c.Contracts()[0]).Fields[0].Accept; got != want {
			t.Errorf("readers accept %s, want %s", got, want)
		}
	}
}
