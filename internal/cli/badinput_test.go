//go:build !race

package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What people get wrong, and what is wrong around them: one clear message each, the exit
// code that says whose it is, and no file changed, byte for byte.
func TestAuthoringRefuses(t *testing.T) {
	t.Parallel()
	edit := func(name, old, with string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil || !strings.Contains(string(text), old) {
				t.Fatalf("%s does not hold %q: %v", name, old, err)
			}
			write1(t, dir, name, strings.Replace(string(text), old, with, 1))
		}
	}
	file := func(name, text string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { t.Helper(); write1(t, dir, name, text) }
	}
	long := make([]string, 1001)
	for i := range long {
		long[i] = fmt.Sprintf("f%d (str?)", i)
	}
	const (
		placed = "proto/shop/orders/v1/order_placed.proto"
		id     = "order_id (UUID)"
	)
	rows := []struct {
		name   string
		before func(*testing.T, string)
		args   []string
		code   int
		want   string
	}{
		// The spec.
		{"1 MB", nil, []string{"new", "OrderShipped", id + strings.Repeat(" ", 1<<20)}, 2, "1048576"},
		{"1 MB of fields", nil, []string{"new", "OrderShipped", strings.Repeat("a (str), ", 1<<17)}, 2, "1048576"},
		{"1001 fields", nil, []string{"new", "OrderShipped", strings.Join(long, ", ")}, 2, "1000"},
		{"control character", nil, []string{"new", "OrderShipped", "order_id (UUID),\x1b[2J a (str)"}, 2, "U+001B"},
		{"NUL", nil, []string{"new", "OrderShipped", "order_id (UUID), a\x00 (str)"}, 2, "U+0000"},
		{"not UTF-8", nil, []string{"new", "OrderShipped", "order_id (UUID), a\xff (str)"}, 2, "not UTF-8"},
		{"look-alike", nil, []string{"new", "OrderShipped", "order_id (UUID), tіtle (str)"}, 2, `U+0456 looks like "i"`},
		{"empty", nil, []string{"new", "OrderShipped", ""}, 2, "the spec is empty"},
		{"blank", nil, []string{"new", "OrderShipped", " \t\n"}, 2, "the spec is empty"},
		{"twice", nil, []string{"new", "OrderShipped", id + ", order_id (str)"}, 2, `a second field "order_id"`},
		{"reserved", nil, []string{"new", "OrderShipped", id + ", event_id (UUID)"}, 2, "name of metadata"},
		{"camel collision", nil, []string{"new", "OrderShipped", id + ", line_1 (str), line1 (str)"}, 2, "one name in JSON"},
		{"generated method", nil, []string{"new", "OrderShipped", id + ", reset (str)"}, 2, "method Reset"},
		{"descriptor", nil, []string{"new", "OrderShipped", id + ", descriptor (str)"}, 2, "method Descriptor"},
		{"getter", nil, []string{"new", "OrderShipped", id + ", x (str), get_x (str)"}, 2, "in Go the method of one"},
		{"bounds", nil, []string{"new", "OrderShipped", id + ", a (int >=3 <=2)"}, 2, "leave no value"},
		{"default outside", nil, []string{"new", "OrderShipped", id + ", a (int? >=3 = 2)"}, 2, "default"},
		{"unknown type", nil, []string{"new", "OrderShipped", id + ", a (strng)"}, 2, `did you mean "str"?`},
		{"unknown message", nil, []string{"new", "OrderShipped", id + ", a (OrderPlacd?)"}, 2, `did you mean "OrderPlaced"?`},
		{"several mistakes", nil, []string{"new", "OrderShipped", "Id (strng), data (str)"}, 2, "the spec has 3 mistakes"},

		// Names.
		{"no name", nil, []string{"new", "", id}, 2, "no name"},
		{"snake", nil, []string{"new", "order_shipped", id}, 2, "write OrderShipped"},
		{"camel", nil, []string{"new", "orderShipped", id}, 2, "write OrderShipped"},
		{"Cyrillic", nil, []string{"new", "Оrder", id}, 2, "CamelCase"},
		{"path", nil, []string{"new", "../Order", id}, 2, "CamelCase"},
		{"name with control characters", nil, []string{"new", "Order\x1b[2J", id}, 2, "CamelCase"},
		{"long name", nil, []string{"new", strings.Repeat("Order", 30), id}, 2, "at most 100"},
		{"existing event", nil, []string{"new", "OrderPlaced", id}, 1, "eventctl add-field OrderPlaced SPEC"},
		{"existing event, next major", nil, []string{"new", "OrderPlaced", id, "--major", "3"}, 1, "eventctl new-version OrderPlaced"},
		{"existing message", edit(placed, "// OrderPlaced is", "message OrderShipped {}\n\n// OrderPlaced is"), []string{"new", "OrderShipped", id}, 1, "is not an event"},
		{"message of an event of another type", func(t *testing.T, dir string) {
			t.Helper()
			edit("proto/shop/orders/v1/order_cancelled.proto", `key: "order_id"`, "key: \"order_id\"\n    type: \"gone\"")(t, dir)
			edit("services.yaml", "[OrderPlaced, OrderCancelled]", "[OrderPlaced]")(t, dir)
		}, []string{"new", "OrderCancelled", id}, 1, "OrderCancelled exists already and is an event of the type gone"},
		{"existing file", file("proto/shop/orders/v1/order_shipped.proto", "syntax = \"proto3\";\npackage shop.orders.v1;\n"), []string{"new", "OrderShipped", id}, 1, "exists already"},
		{"domain google", nil, []string{"new", "GoogleSynced", "id (UUID)"}, 2, `the domain "google" would hide`},
		{"domain buf", nil, []string{"new", "Synced", "id (UUID)", "--domain", "buf"}, 2, `the domain "buf" would hide`},
		{"domain of the vocabulary", nil, []string{"new", "Synced", "id (UUID)", "--domain", "eventcontracts"}, 2, "would hide"},
		{"domain of all", nil, []string{"new", "ShopOpened", "id (UUID)"}, 2, `the domain "shop" would hide`},
		{"domain internal", nil, []string{"new", "InternalSynced", "id (UUID)"}, 2, "cannot be imported"},
		{"domain vendor", nil, []string{"new", "VendorPaid", "id (UUID)"}, 2, "cannot be imported"},
		{"domain as a major", nil, []string{"new", "Synced", "id (UUID)", "--domain", "v1"}, 2, "major version"},
		{"domain in CamelCase", nil, []string{"new", "Synced", "id (UUID)", "--domain", "MyOrders"}, 2, "write my_orders"},
		{"domain with a path", nil, []string{"new", "Synced", "id (UUID)", "--domain", "../x"}, 2, "lower_snake"},
		{"topic name", nil, []string{"new", "OrderShipped", id, "--topic", "my orders"}, 2, "not a name of a Kafka topic"},
		{"topic too long", nil, []string{"new", "OrderShipped", id, "--topic", strings.Repeat("a", 250)}, 2, "not a name of a Kafka topic"},
		{"topic that collides", edit("proto/shop/orders/v1/topics.proto", "option (eventcontracts.v1.topic) = {\n", "option (eventcontracts.v1.topic) = {\n  name: \"in.voices\"\n  partitions: 1\n  replicas: 1\n  retention: \"1d\"\n};\n\noption (eventcontracts.v1.topic) = {\n"), []string{"new", "InvoicePaid", "id (UUID)", "--topic", "in_voices"}, 1, "in.voices"},
		{"two keys", nil, []string{"new", "OrderMerged", "first (UUID), second (UUID)"}, 2, "choose one of first, second by --key"},
		{"no key", nil, []string{"new", "OrderMerged", "at (datetime)"}, 2, "--unkeyed"},
		{"optional key", nil, []string{"new", "OrderMerged", "order_id (UUID?), a (UUID)"}, 2, "may be absent or empty"},
		{"key is not a field", nil, []string{"new", "OrderMerged", id, "--key", "ordr"}, 2, "give one of order_id"},
		{"key may be empty", nil, []string{"new", "OrderMerged", "a (str >=0)", "--key", "a"}, 1, "may be empty"},
		{"key and unkeyed", nil, []string{"new", "OrderMerged", id, "--key", "order_id", "--unkeyed"}, 2, "contradict"},
		{"owner", nil, []string{"new", "OrderMerged", id, "--owner", "team\x1b[2J"}, 2, "U+001B"},
		{"comment", nil, []string{"new", "OrderMerged", id, "--describe", " "}, 2, "--describe is empty"},
		{"comments", nil, []string{"new", "OrderMerged", id, "--describe", "a", "--describe", "orderid=b"}, 2, "FIELD=TEXT"},
		{"comment that is not printed", nil, []string{"new", "OrderMerged", id, "--describe", "a\u202eb"}, 2, "U+202E"},
		{"version", nil, []string{"new", "OrderMerged", id, "--major", "0"}, 2, "--major"},
		{"version as a word", nil, []string{"new", "OrderMerged", id, "--major", "v2"}, 2, "whole number"},
		{"publisher nearly", nil, []string{"new", "OrderMerged", id, "--publisher", "shopp"}, 2, "did you mean shop?"},
		{"publisher with blanks", nil, []string{"new", "OrderMerged", id, "--publisher", "a b"}, 2, "not a name of a service"},
		{"group nearly", nil, []string{"new", "OrderMerged", id, "--group", "mailr"}, 2, "did you mean mailer?"},
		{"group unknown", nil, []string{"new", "OrderMerged", id, "--group", "reports"}, 2, "SERVICE/reports"},
		{"group of another service", nil, []string{"new", "OrderMerged", id, "--group", "shop/mailer"}, 2, "belongs to the service crm"},
		{"group that does not deploy it", nil, []string{"new", "OrderMerged", id, "--major", "7", "--group", "mailer"}, 1, "no major of it is in deploys"},
		{"no arguments", nil, []string{"new"}, 2, "TYPE is missing"},
		{"no spec", nil, []string{"new", "OrderMerged"}, 2, "SPEC is missing"},
		{"unknown flag", nil, []string{"new", "OrderMerged", id, "--ownr", "x"}, 2, "unknown flag"},

		// The place.
		{"does not compile", edit(placed, "string order_id", "strin order_id"), []string{"new", "OrderShipped", id}, 1, "the contracts have 1 problem"},
		{"does not parse", edit(placed, "message OrderPlaced {", "message OrderPlaced"), []string{"new", "OrderShipped", id}, 1, "order_placed.proto:"},
		{"is wrong", edit(placed, `owner: "team-orders"`, ""), []string{"new", "OrderShipped", id}, 1, "no owner"},
		{"services are wrong", edit("services.yaml", "publishes: [OrderPlaced, OrderCancelled]", "publishs: []"), []string{"new", "OrderShipped", id}, 1, "services.yaml:"},
		{"no buf.yaml", func(t *testing.T, dir string) {
			t.Helper()
			if err := os.Remove(filepath.Join(dir, "buf.yaml")); err != nil {
				t.Fatal(err)
			}
		}, []string{"new", "OrderShipped", id}, 1, "no buf.yaml in DIR or above it"},
		{"module that is not there", file("buf.yaml", "version: v2\nmodules:\n  - path: protos\n"), []string{"new", "OrderShipped", id}, 1, `module "protos"`},
		{"image", nil, []string{"new", "OrderShipped", id, "--contracts", "services.yaml"}, 1, "not an image"},
		{"no such place", nil, []string{"new", "OrderShipped", id, "--contracts", "gone"}, 1, "does not exist"},
		{"wrong module path", func(t *testing.T, dir string) {
			t.Helper()
			write1(t, dir, "go.mod", "module example.com/other\n\ngo 1.26.0\n")
			write1(t, dir, "buf.gen.yaml", "version: v2\nplugins:\n  - local: protoc-gen-go\n    out: gen\n    opt: paths=source_relative\n")
		}, []string{"new", "OrderShipped", id}, 1, "by go.mod"},
		{"generated file of somebody else's", func(t *testing.T, dir string) {
			t.Helper()
			write1(t, dir, "go.mod", "module example.com/shop\n\ngo 1.26.0\n")
			write1(t, dir, "gen/shop/orders/v1/order_shipped.pb.go", "package ordersv1\n")
		}, []string{"new", "OrderShipped", id}, 1, "was not generated"},
		{"read-only directory", readOnly("proto/shop/orders/v1"), []string{"new", "OrderShipped", id}, 1, "read-only"},
		{"read-only file", readOnly("services.yaml"), []string{"new", "OrderShipped", id, "--publisher", "shop"}, 1, "services.yaml: it is read-only"},
		{"directory in the way", file("proto/shop/invoice", "a file"), []string{"new", "InvoicePaid", "id (UUID)"}, 1, "not a directory"},
		{"half-written beside", file("proto/shop/orders/v1/.order_shipped.proto.changeset", "half"), []string{"new", "OrderShipped", id}, 1, "is in the way"},
		{"symbolic link", func(t *testing.T, dir string) {
			t.Helper()
			if err := os.Rename(filepath.Join(dir, "services.yaml"), filepath.Join(dir, "real.yaml")); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink("real.yaml", filepath.Join(dir, "services.yaml")); err != nil {
				t.Fatal(err)
			}
		}, []string{"new", "OrderShipped", id, "--publisher", "shop"}, 1, "symbolic link"},
		{"services elsewhere", file("../elsewhere.yaml", "[]\n"), []string{"new", "OrderShipped", id, "--publisher", "shop", "--services", "../elsewhere.yaml"}, 2, "outside"},

		// Fields.
		{"unknown event", nil, []string{"add-field", "OrderPlacd", "a (str?)"}, 2, "did you mean OrderPlaced?"},
		{"required field", nil, []string{"add-field", "OrderPlaced", "a (str)"}, 1, `write "a (str?)", or make a new major with eventctl new-version OrderPlaced`},
		{"list that must not be empty", nil, []string{"add-field", "OrderPlaced", "a (list[str] >=1)"}, 1, "leave out its lower bound 1"},
		{"required JSON", nil, []string{"add-field", "OrderPlaced", "a (Any)"}, 1, "is required"},
		{"existing field", nil, []string{"add-field", "OrderPlaced", "note (str?)"}, 1, "has the field note already"},
		{"field of one JSON name", nil, []string{"add-field", "OrderPlaced", "order__id (str?)"}, 2, "lower_snake"},
		{"reserved field", edit("proto/shop/orders/v2/order_placed.proto", "string note = 3;", "reserved \"gone\";\n  string note = 3;"), []string{"add-field", "OrderPlaced", "gone (str?)"}, 1, "reserves"},
		{"no field", nil, []string{"add-field", "OrderPlaced", ""}, 2, "the spec is empty"},
		{"field of an old major", nil, []string{"add-field", "OrderPlaced", "a (str?)", "--major", "1"}, 1, "has no counterpart"},
		{"major that is not there", nil, []string{"add-field", "OrderPlaced", "a (str?)", "--major", "9"}, 2, "no major 9"},
		{"enum of a name that is taken", edit("proto/shop/orders/v2/order_placed.proto", "string note = 3;", "message Level {}\n  string note = 3;"), []string{"add-field", "OrderPlaced", "level (enum[a|b]?)"}, 1, "Level"},
		{"enum that hides a message", func(t *testing.T, dir string) {
			t.Helper()
			edit("proto/shop/orders/v2/order_placed.proto", "// OrderPlaced is", "message Level {}\n\n// OrderPlaced is")(t, dir)
			edit("proto/shop/orders/v2/order_placed.proto", "string note = 3;", "string note = 3;\n  Level at = 9;")(t, dir)
		}, []string{"add-field", "OrderPlaced", "level (enum[a|b]?)"}, 1, `the field "at" would be a shop.orders.v2.OrderPlaced.Level where it was a shop.orders.v2.Level`},
		{"getter of a field", nil, []string{"add-field", "OrderPlaced", "get_note (str?)"}, 1, "in Go the method of one"},

		// Majors.
		{"unknown event's major", nil, []string{"new-version", "OrderPlacd"}, 2, "did you mean OrderPlaced?"},
		{"major without its key", nil, []string{"new-version", "OrderPlaced", "--spec", "a (str)"}, 2, `lacks "order_id", which is the key`},
		{"major of a wrong spec", nil, []string{"new-version", "OrderPlaced", "--spec", "order_id (strng)"}, 2, "did you mean"},
		{"major described without a spec", nil, []string{"new-version", "OrderPlaced", "--describe", "a"}, 2, "--spec"},
		{"major whose file is there", file("proto/shop/orders/v3/order_placed.proto", "syntax = \"proto3\";\npackage shop.orders.v3;\n"), []string{"new-version", "OrderPlaced"}, 1, "exists already"},
	}
	said := make([]string, len(rows)) // to be read aloud
	t.Cleanup(func() {
		var all strings.Builder
		for i, row := range rows {
			args := strings.Join(quoteArgs(row.args), " ")
			if len(args) > 200 {
				args = args[:100] + "…"
			}
			fmt.Fprintf(&all, "# %s\n$ eventctl %s\n%s\n", row.name, strings.ToValidUTF8(strings.Map(func(r rune) rune {
				if r < ' ' {
					return '·'
				}
				return r
			}, args), "·"), said[i])
		}
		golden(t, "authoring/refusals", all.String())
	})
	for i, row := range rows {
		for _, dry := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/dry=%t", row.name, dry), func(t *testing.T) {
				t.Parallel()
				e := newEventctl(t, "")
				e.dir = filepath.Join(t.TempDir(), "repo")
				if err := os.CopyFS(e.dir, os.DirFS(shop)); err != nil {
					t.Fatal(err)
				}
				if row.before != nil {
					row.before(t, e.dir)
				}
				before := tree(t, e.dir)
				args := row.args
				if dry {
					args = append(args[:len(args):len(args)], "--dry-run")
				}
				r := e.run(args...)
				printed := strings.ReplaceAll(r.stderr, e.dir, "DIR")
				if !dry {
					said[i] = printed
				}
				if dry && row.name == "generated file of somebody else's" {
					return // Go is generated and not compared
				}
				if r.code != row.code || !strings.Contains(printed, row.want) || !strings.HasPrefix(printed, "eventctl: ") {
					t.Errorf("exit code %d, want %d, and %q in:\n%.2000s", r.code, row.code, row.want, printed)
				}
				if r.stdout != "" {
					t.Errorf("it printed %.200q", r.stdout)
				}
				if strings.ContainsAny(printed, "\x1b\x00") {
					t.Errorf("control characters reach the terminal: %q", printed)
				}
				if len(printed) > 20_000 {
					t.Errorf("the message has %d bytes", len(printed))
				}
				if diff := cmp.Diff(before, tree(t, e.dir)); diff != "" {
					t.Errorf("files have changed (-before +after):\n%s", diff)
				}
			})
		}
	}
}

// readOnly takes the right to write from everybody.
func readOnly(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		path := filepath.Join(dir, filepath.FromSlash(name))
		info, err := os.Stat(path)
		if err == nil {
			err = os.Chmod(path, info.Mode().Perm()&0o555)
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(path, info.Mode().Perm()) }) // for t.TempDir
	}
}
