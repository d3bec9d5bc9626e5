package contractproto_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/contractproto"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// lines are one spec for every type, modifier and bound, by the name of its golden
// file, and those that have several.
var lines = map[string]string{
	"uuid": "a (UUID)", "uuid_optional": "a (UUID?)", "uuid_default": "a (UUID? = 75c3a7cf-305a-4632-99f7-e2a7eeb089cb)",
	"str": "a (str)", "str_optional": "a (str?)", "str_max": "a (str <=500)", "str_min": "a (str >=3)", "str_both": "a (str >=3 <=5)",
	"str_empty": "a (str >=0)", "str_empty_max": "a (str >=0 <=5)", "str_optional_min": "a (str? >=1)", "str_optional_max": "a (str? <=2000)",
	"str_in": "a (str in[low|medium|high])", "str_in_one": `a (str in["only this"])`, "str_in_optional": "a (str? in[low|high])",
	"str_in_default": "a (str? in[low|medium|high|urgent] = medium)", "str_default": `a (str? = "say \"hi\", \\o/")`, "str_default_empty": `a (str? = "")`,
	"str_regex": `a (str ~/^[A-Z]{2}-\d+$/)`, "str_regex_bounds": `a (str >=2 <=9 ~/^a\/"b\\/)`, "str_regex_optional": "a (str? ~/^x/ = xy)",
	"int": "a (int)", "int_optional": "a (int?)", "int_gte": "a (int >=0)", "int_gt": "a (int >0)", "int_lte": "a (int <=-1)", "int_lt": "a (int <10)",
	"int_both": "a (int >=1 <=12)", "int_exclusive": "a (int? >0 <10)", "int_in": "a (int in[1|2|3])", "int_default": "a (int? >=-5 = -5)", "int_in_default": "a (int? in[10|20] = 20)",
	"int_extremes": "a (int >=-2147483648 <=2147483647)",
	"int64":        "a (int64)", "int64_optional": "a (int64?)", "int64_both": "a (int64 >=-9223372036854775808 <9223372036854775807)", "int64_in": "a (int64 in[-1|5000000000])", "int64_default": "a (int64? = 5000000000)",
	"float": "a (float)", "float_optional": "a (float?)", "float_gte": "a (float >=0.5)", "float_gt": "a (float >0)", "float_lt": "a (float <1e+21)", "float_both": "a (float >=0 <=1)", "float_exclusive": "a (float? >-0.25 <1e-07)",
	"float_in": "a (float in[0.5|1])", "float_default": "a (float? = 1.5)",
	"bool": "a (bool)", "bool_optional": "a (bool?)", "bool_default": "a (bool? = true)",
	"datetime": "a (datetime)", "datetime_optional": "a (datetime?)", "date": "a (date)", "date_optional": "a (date?)", "date_default": "a (date? = 2026-12-24)", "duration": "a (duration)", "duration_optional": "a (duration?)",
	"email": "a (email)", "email_optional": "a (email?)", "email_max": "a (email <=200)", "email_default": "a (email? = ada@example.com)",
	"url": "a (url)", "url_optional": "a (url?)", "url_bounds": "a (url >=10 <=200)", "url_default": `a (url? = "https://example.com/a?b=c")`,
	"ip": "a (ip)", "ip_optional": "a (ip?)", "ip_default": "a (ip? = ::1)", "host": "a (host)", "host_optional": "a (host?)", "host_max": "a (host <=100)", "host_default": "a (host? = example.com)",
	"slug": "a (slug)", "slug_optional": "a (slug?)", "slug_bounds": "a (slug >=3 <=20)", "slug_default": "a (slug? = first-steps)",
	"bytes": "a (bytes)", "bytes_optional": "a (bytes?)", "bytes_bounds": "a (bytes >=2 <=4)", "bytes_empty": "a (bytes >=0)",
	"decimal": "a (decimal)", "decimal_optional": "a (decimal?)", "decimal_default": "a (decimal? = -12.50)",
	"any": "a (Any)", "any_optional": "a (Any?)", "dict": "a (dict)", "dict_optional": "a (dict?)",
	"message": "a (Address)", "message_optional": "a (Address?)", "message_qualified": "a (golden.v1.Address)",
	"enum": "level (enum[low|in_app|high])", "enum_optional": "level (enum[low|high]?)", "enum_default": "level (enum[low|high]? = high)", "enum_list": "level_of_x (list[enum[low|high2|x_1]])",
	"enum_names": "x_axis (enum[a|b]), is_a_b (enum[a1|a_2b]), line2_x (enum[x]), ipv4 (enum[a]), a (enum[2d|x])",
	"list_str":   "a (list[str])", "list_bounds": "a (list[str] >=1 <=20)", "list_item_bounds": "a (list[str >=2 <=50] <=20)", "list_uuid": "a (list[UUID])",
	"list_int": "a (list[int])", "list_int_bounds": "a (list[int >=0])", "list_float": "a (list[float])", "list_bool": "a (list[bool])", "list_datetime": "a (list[datetime])", "list_message": "a (list[Address])",
	"list_any": "a (list[Any])", "list_dict": "a (list[dict])", "list_in": "a (list[str in[a|b]])", "list_bytes": "a (list[bytes])", "list_regex": "a (list[str ~/^x$/])", "list_empty_items": "a (list[str >=0])",
	"set_str": "a (set[str <=100] >=1 <=50)", "set_enum": "a (set[enum[x|y]])", "set_int": "a (set[int])",
	"dict_str": "a (dict[str, str])", "dict_int": "a (dict[str, int >0] >=1 <=10)", "dict_float": "a (dict[str, float >=0 <=1])", "dict_message": "a (dict[str, Address])", "dict_enum": "a (dict[str, enum[x|y]])", "dict_date": "a (dict[str, date])",

	"line_todo_created":       "id (UUID), title (str), description (str?), user_id (UUID), created_at (datetime)",
	"line_todo_completed":     "id (UUID), completed_by (UUID), completed_at (datetime)",
	"line_todo_updated":       "id (UUID), title (str?), description (str?), updated_at (datetime)",
	"line_reminder_triggered": "todo_id (UUID), reminder_type (str), triggered_at (datetime)",

	// Words of protobuf, Go and Python, and names that scopes could take for a package.
	"keywords": strings.Join([]string{
		"type (str)", "func (str)", "message (str)", "range (str)", "option (str)", "repeated (str)", "optional (str)", "reserved (str)", "oneof (str)", "map (str)",
		"enum (enum[rpc|returns])", "syntax (str)", "import (str)", "package (str)", "service (str)", "extend (str)", "group (str)", "int32 (int)", "bool (bool)", "bytes (bytes)",
		"true (bool?)", "inf (float?)", "nan (float?)", "select (str)", "var (str)", "interface (str)", "chan (str)", "nil (str)", "len (str)", "error (str)", "class (str)", "def (str)", "none (str)",
		"google (datetime)", "buf (duration)", "eventcontracts (str?)", "golden (Address?)", "get (str)", "state (str)", "size_cache (int)", "unknown_fields (str)", "x (str)", "a1 (str)", "get_1 (int)",
	}, ", "),
	"everything": `id (UUID), title (str <=500), priority (str? in[low|high] = low), level (enum[low|high]), tags (set[str <=50] <=20), seen (list[datetime]), counts (dict[str, int >=0]), extra (dict?), home (Address?), any (Any?)`,
}

// Every golden is what its line renders, compiles, is a sound contract, and is read
// back as its line with nothing left to say.
func TestGoldens(t *testing.T) {
	t.Parallel()
	files := map[string]string{topicsFile: topics}
	names := slices.Sorted(maps.Keys(lines))
	dir := filepath.Join("testdata", "golden")
	for _, name := range names {
		file, text := render(name, parse(t, lines[name]))
		files[file] = text
		golden(t, filepath.Join(dir, filepath.Base(file)), text)
	}
	kept, err := filepath.Glob(filepath.Join(dir, "*.proto"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range kept {
		if name := strings.TrimSuffix(filepath.Base(f), ".proto"); lines[name] == "" {
			t.Errorf("%s belongs to no spec", f)
		}
	}
	linked := contracttest.Compile(t, files)
	if _, err := event.NewRegistry(linked); err != nil {
		t.Error(err)
	}
	for _, name := range names {
		line := lines[name]
		got, beyond := contractproto.Read(contracttest.Message(t, linked, "golden.v1."+messageOf(name)), options)
		want := parse(t, line)
		if name == "message_qualified" {
			line, want = "a (Address)", parse(t, "a (Address)")
		}
		if diff := cmp.Diff(line, got.String()); diff != "" {
			t.Errorf("%s is read as another line (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(want, got, sameMeaning); diff != "" {
			t.Errorf("%s is read as another spec (-want +got):\n%s", name, diff)
		}
		if len(beyond) > 0 {
			t.Errorf("%s leaves something to say:\n%s", name, beyondText(beyond))
		}
	}
}

// buf formats and lints the goldens as it does the contracts of this repository.
func TestGoldensAreAsBufWantsThem(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	buf := filepath.Join(root, "bin", "buf")
	if _, err := os.Stat(buf); err != nil {
		t.Skip("bin/buf is not built: run make tools")
	}
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("buf.yaml", "version: v2\nmodules:\n  - path: proto\n  - path: vendor\nlint:\n  use: [STANDARD]\n  except: [IMPORT_USED]\n  ignore: [vendor]\n")
	write("proto/"+topicsFile, topics)
	for name, line := range lines {
		file, text := render(name, parse(t, line))
		write("proto/"+file, text)
	}
	for file, from := range map[string]string{"eventcontracts/v1/options.proto": "proto", "buf/validate/validate.proto": "third_party/protovalidate"} {
		text, err := os.ReadFile(filepath.Join(root, from, file))
		if err != nil {
			t.Fatal(err)
		}
		write("vendor/"+file, string(text))
	}
	for _, args := range [][]string{{"format", "-d", "--exit-code", "proto"}, {"lint"}} {
		cmd := exec.CommandContext(t.Context(), buf, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("buf %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// One event with all that a file can say.
func TestRenderFile(t *testing.T) {
	t.Parallel()
	s := parse(t, "order_id (UUID), home (shop.v1.Address), note (str?)")
	e := contractproto.Event{
		Package: "shop.v2", GoPackage: "example.com/shop/gen/shop/v2;shopv2", Message: "OrderPlaced", Topic: "orders", TopicFile: "shop/v1/topics.proto",
		Comment: "OrderPlaced is published when a customer has placed an order, which the shop then checks.\n\nIt is the first event of an order.",
		Key:     "order_id", Type: "order.placed", Revision: 2, Owner: "team-shop", FromPrevious: 1, Spec: s,
		Fields: map[string]contractproto.FieldOptions{
			"": {Import: func(message string) string {
				return strings.ToLower(message[:strings.LastIndex(message, ".")]) + "/x.proto"
			}},
			"note": {Comment: "What the customer wrote."},
		},
	}
	golden(t, filepath.Join("testdata", "golden", "order_placed"), contractproto.RenderFile(e))
	first := contractproto.RenderFile(e)
	for range 20 { // maps are in it
		if contractproto.RenderFile(e) != first {
			t.Error("another call renders something else")
		}
	}
}

// A field alone, as it is added to a message.
func TestRenderField(t *testing.T) {
	t.Parallel()
	s := parse(t, "level (enum[low|high]? = low), seen_at (datetime)")
	var got strings.Builder
	for i, f := range s.Fields {
		l := contractproto.RenderField(f, 7+i, contractproto.FieldOptions{})
		fmt.Fprintf(&got, "%simports %s\n\n", l.Text, strings.Join(l.Imports, ", "))
	}
	golden(t, filepath.Join("testdata", "golden", "fields"), got.String())
}
