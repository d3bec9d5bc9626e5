package authoring_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/authoring"
)

// An event with messages and an enum in other files of its package, and one of another.
var order = map[string]string{
	"buf.yaml":                           buf,
	"proto/shop/money/v1/money.proto":    "syntax = \"proto3\";\n\npackage shop.money.v1;\n\n// Money is an amount.\nmessage Money {\n  int64 cents = 1;\n}\n",
	"proto/shop/order/v1/address.proto":  "syntax = \"proto3\";\n\npackage shop.order.v1;\n\nimport \"shop/order/v1/country.proto\";\n\n// Address is where to.\nmessage Address {\n  string street = 1;\n  Country country = 2; // which one\n}\n",
	"proto/shop/order/v1/country.proto":  "syntax = \"proto3\";\n\npackage shop.order.v1;\n\n// Country is a country.\nenum Country {\n  COUNTRY_UNSPECIFIED = 0;\n  COUNTRY_DE = 1;\n}\n",
	"proto/shop/order/v1/unneeded.proto": "syntax = \"proto3\";\n\npackage shop.order.v1;\n\n// Unneeded is for others.\nmessage Unneeded {}\n",
	"proto/shop/order/v1/order_paid.proto": `syntax = "proto3";

package shop.order.v1;

import "buf/validate/validate.proto";
import "eventcontracts/v1/options.proto";
import "shop/money/v1/money.proto";
import "shop/order/v1/address.proto";
import "shop/order/v1/country.proto";

// The topic of all.
option (eventcontracts.v1.topic) = {
  name: "orders"
  partitions: 3
  replicas: 3
  retention: "7d"
};

// OrderPaid is published when money comes.
message OrderPaid {
  option (eventcontracts.v1.event) = {
    topic: "orders"
    key: "id"
    revision: 4
    deprecated: {
      since: "2026-01-01"
      sunset: "2027-01-01"
    }
    owner: "team-order"
  };

  // Part is of this event.
  message Part {
    string name = 1;
  }

  string id = 1 [(buf.validate.field).string.uuid = true];
  Address to = 2; // as it was
  Country country = 3;
  shop.money.v1.Money money = 4;
  Part part = 5;
  Line line = 6;
  reserved 7;
}

// Line is beside the event.
message Line {
  string sku = 1;
}
`,
}

func TestNewVersionTakesItsPartsAlong(t *testing.T) {
	t.Parallel()
	c, err := open(t, contracts(t, order)).NewVersion(t.Context(), authoring.NewVersion{Type: "OrderPaid"})
	if err != nil {
		t.Fatal(err)
	}
	diff, err := c.Diff()
	if err != nil {
		t.Fatal(err)
	}
	var added []string
	for line := range strings.Lines(diff) {
		if text, ok := strings.CutPrefix(line, "+"); ok && !strings.HasPrefix(line, "+++") {
			added = append(added, text)
		}
	}
	text := strings.Join(added, "")
	for _, want := range []string{
		"package shop.order.v2;", "  Address to = 2; // as it was\n", "import \"shop/order/v2/address.proto\";", "import \"shop/order/v2/country.proto\";",
		"import \"shop/money/v1/money.proto\";", "import \"shop/order/v1/order_paid.proto\";", "from_previous: CONVERSION_BY_NAME", "message Line {", "  Country country = 2; // which one\n", "enum Country {", "reserved 7;",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the new major lacks %q:\n%s", want, text)
		}
	}
	for _, not := range []string{"revision", "deprecated", "sunset", "eventcontracts.v1.topic", "The topic of all", "Unneeded", "shop/order/v1/address.proto"} {
		if strings.Contains(text, not) {
			t.Errorf("the new major has %q:\n%s", not, text)
		}
	}
	if got := len(c.Files()); got != 3 {
		t.Errorf("%d files are made, want the event's and two of its parts", got)
	}
	for name, want := range map[string]string{"to": "shop.order.v2.Address", "money": "shop.money.v1.Money", "line": "shop.order.v2.Line"} {
		for i := range c.Contract.Descriptor.Fields().Len() {
			if fd := c.Contract.Descriptor.Fields().Get(i); string(fd.Name()) == name && string(fd.Message().FullName()) != want {
				t.Errorf("%s is a %s, want %s", name, fd.Message().FullName(), want)
			}
		}
	}
}

// The second event of a package finds what the first has taken along.
func TestNewVersionOfASecondEvent(t *testing.T) {
	t.Parallel()
	files := maps.Clone(order)
	files["proto/shop/order/v1/order_sent.proto"] = strings.Replace(event("shop.order.v1", "OrderSent", "orders", "a", "shop/order/v1/order_paid.proto"),
		"  string id", "  Address to = 2;\n  string id", 1)
	files["proto/shop/order/v1/order_sent.proto"] = strings.Replace(files["proto/shop/order/v1/order_sent.proto"], "import \"shop", "import \"shop/order/v1/address.proto\";\nimport \"shop", 1)
	dir := contracts(t, files)
	first, err := open(t, dir).NewVersion(t.Context(), authoring.NewVersion{Type: "OrderPaid"})
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	second, err := open(t, dir).NewVersion(t.Context(), authoring.NewVersion{Type: "OrderSent"})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(second.Files()); got != 1 {
		t.Errorf("%d files are made, want the event's alone", got)
	}
}

func TestNewVersionRefusesPartsThatCannotBeCopied(t *testing.T) {
	t.Parallel()
	files := maps.Clone(order)
	files["proto/shop/order/v1/order_sent.proto"] = strings.Replace(strings.Replace(event("shop.order.v1", "OrderSent", "orders", "a", "shop/order/v1/order_paid.proto"),
		"  string id", "  Line line = 2;\n  string id", 1), "xx", "", 1)
	_, err := open(t, contracts(t, files)).NewVersion(t.Context(), authoring.NewVersion{Type: "OrderSent"})
	if err == nil || !strings.Contains(err.Error(), "move them to a file of their own first") {
		t.Errorf("NewVersion: %v", err)
	}
}
