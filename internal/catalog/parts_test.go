package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
)

// What a contract says of several fields, and what is inside a field, was not shown.
func TestDescriptionsHavePartsEnumsAndRules(t *testing.T) {
	t.Parallel()
	c := load(t, catalog.Options{Dir: tree(t, map[string]string{"buf.yaml": "version: v2\n", "o.proto": header + `package shop.v1;
` + ordersTopic + `
// Placed is published.
message Placed {
  option (eventcontracts.v1.event) = {topic: "orders" key: "id" owner: "o"};
  option (buf.validate.message).oneof = {fields: ["by", "memo"]};
  string id = 1 [(buf.validate.field).string.min_len = 1];
  string by = 2;
  string memo = 7;
  oneof pay {
    option (buf.validate.oneof).required = true;
    // The card.
    string card = 3;
    Cash cash = 4;
  }
  map<string, State> states = 5;
  optional Placed again = 6;
}
// Cash is money.
message Cash {
  // In cents.
  int64 cents = 1 [(buf.validate.field).int64.gt = 0];
  State state = 2;
}
// State is where it is.
enum State {
  STATE_UNSPECIFIED = 0;
  // It is paid.
  STATE_PAID = 2;
}
`})})
	d := c.Describe(c.Find("Placed")[0])
	if diff := cmp.Diff([]catalog.OneofDescription{{Name: "pay", Fields: []string{"card", "cash"}, Required: true}}, d.Oneofs); diff != "" {
		t.Errorf("oneofs (-want +got):\n%s", diff)
	}
	if want := `oneof:{fields:"by" fields:"memo"}`; d.Rules != want {
		t.Errorf("rules = %s, want %s", d.Rules, want)
	}
	if len(d.Messages) != 1 || d.Messages[0].Name != "shop.v1.Cash" || d.Messages[0].Comment != "Cash is money." ||
		len(d.Messages[0].Fields) != 2 || d.Messages[0].Fields[0].Rules != "int64:{gt:0}" || d.Messages[0].Fields[0].Comment != "In cents." {
		t.Errorf("messages = %+v", d.Messages)
	}
	want := []catalog.EnumDescription{{Name: "shop.v1.State", Comment: "State is where it is.", Values: []catalog.ValueDescription{
		{Name: "STATE_UNSPECIFIED"}, {Name: "STATE_PAID", Number: 2, Comment: "It is paid."},
	}}}
	if diff := cmp.Diff(want, d.Enums); diff != "" {
		t.Errorf("enums (-want +got):\n%s", diff)
	}
}
