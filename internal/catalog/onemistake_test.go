//go:build !race

package catalog_test

import (
	"path"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protodesc"

	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// checkAlone are the rows with a mistake that a linked program cannot know: how files are
// laid out, and what is elsewhere. All that are in services.yaml are such, too.
var checkAlone = map[string]bool{
	"event inside an event": true, "event inside a part": true, "two events in a file": true, "event without a comment": true,
	"replaced by nothing": true, "from_previous of nothing": true,
	"topic named as a derived one": true, "topic confused with a derived": true,
}

// A topic's over-long name was reported by the registry and again by the
// catalogue, and for each topic that is derived from it. Who makes one mistake
// looks for one place: every row has one mistake, in a workspace where another
// event, a second major, a service and a group would tell of it too.
func TestOneMistakeIsOneProblem(t *testing.T) {
	t.Parallel()
	const (
		place = "x/place.proto"
		pay   = "y/pay.proto"
		next  = "z/place.proto"
		svc   = "services.yaml"
	)
	sound := map[string]string{
		place: header + `package shop.v1;
option (eventcontracts.v1.topic) = {name: "orders" partitions: 2 replicas: 2 retention: "7d"};
import "part.proto";

// Placed is published when a customer has ordered.
message Placed {
  option (eventcontracts.v1.event) = {topic: "orders" key: "id" owner: "team-orders"};
  string id = 1 [(buf.validate.field).string.min_len = 1];
  part.v1.Part part = 2;
  optional string note = 3 [(buf.validate.field).string.max_len = 9, (eventcontracts.v1.field).default = "none"];
}
`,
		pay: header + `package shop.v1;
import "part.proto";
import "x/place.proto";

// Paid is published when a customer has paid.
message Paid {
  option (eventcontracts.v1.event) = {topic: "orders" key: "id" owner: "team-orders"};
  string id = 1 [(buf.validate.field).string.min_len = 1];
  part.v1.Part part = 2 [(buf.validate.field).required = true];
}
`,
		next: header + `package shop.v2;
import "part.proto";
import "x/place.proto";

// Placed is published when a customer has ordered.
message Placed {
  option (eventcontracts.v1.event) = {topic: "orders" key: "id" owner: "team-orders" from_previous: CONVERSION_BY_NAME};
  string id = 1 [(buf.validate.field).string.min_len = 1];
  part.v1.Part part = 2;
  optional string note = 3;
}
`,
		"part.proto": header + "package part.v1;\nmessage Part {\n  string text = 1;\n  Part more = 2;\n}\n",
		svc: `- service: shop
  owner: team-orders
  principal: User:shop
  publishes: [Placed, Paid]
  groups:
    - name: mailer
      handles: [Placed, orders/Paid]
      deploys: [1, 2]
    - {name: audit, handles: [Paid], deploys: [1]}
`,
	}
	long := strings.Repeat("x", 250)
	type edits = []string // file, old, new, …; an empty old appends
	rows := map[string]struct {
		edit edits
		want string
	}{
		// Topics.
		"topic name too long":            {edits{place, `"orders"`, `"` + long + `"`, pay, `"orders"`, `"` + long + `"`, next, `"orders"`, `"` + long + `"`, svc, "orders/", ""}, "not a Kafka topic name"},
		"topic name illegal":             {edits{place, `"orders"`, `"or ders"`, pay, `"orders"`, `"or ders"`, next, `"orders"`, `"or ders"`, svc, "orders/", ""}, "not a Kafka topic name"},
		"topic without a name":           {edits{place, `name: "orders" `, ``}, "no name"},
		"topic declared twice":           {edits{pay, "", `option (eventcontracts.v1.topic) = {name: "orders" partitions: 2 replicas: 2 retention: "7d"};`}, "declared twice"},
		"topics that Kafka confuses":     {edits{place, `"orders"`, `"or.ders"`, pay, `"orders"`, `"or.ders"`, next, `"orders"`, `"or.ders"`, svc, "orders/", "", pay, "", `option (eventcontracts.v1.topic) = {name: "or_ders" partitions: 2 replicas: 2 retention: "7d"};`}, "differ only in '.' and '_'"},
		"topic named as a derived one":   {edits{pay, "", `option (eventcontracts.v1.topic) = {name: "orders.mailer.dlq" partitions: 2 replicas: 2 retention: "7d"};`}, "have one name"},
		"topic confused with a derived":  {edits{pay, "", `option (eventcontracts.v1.topic) = {name: "orders_mailer_dlq" partitions: 2 replicas: 2 retention: "7d"};`}, "differ only in '.' and '_'"},
		"topic of no partitions":         {edits{place, `partitions: 2 `, ``}, "0 partitions"},
		"topic of too few replicas":      {edits{place, `replicas: 2 `, `replicas: -1 config: {key: "min.insync.replicas" value: "1"} `}, "-1 replicas"},
		"min.insync.replicas":            {edits{place, `replicas: 2 `, `replicas: 2 config: {key: "min.insync.replicas" value: "3"} `}, "min.insync.replicas is 3"},
		"retention":                      {edits{place, `"7d"`, `"7 days"`}, "retention"},
		"segment":                        {edits{place, `"7d"`, `"7d" segment: "unlimited"`}, "segment"},
		"compacted topic of two events":  {edits{place, `"7d"`, `"7d" cleanup: CLEANUP_COMPACT`}, "is compacted"},
		"cleanup of an unknown number":   {edits{place, `"7d"`, `"7d" cleanup: 99`}, "cleanup"},
		"format of an unknown number":    {edits{place, `"7d"`, `"7d" format: 99`}, "format"},
		"kubernetes name":                {edits{place, `"7d"`, `"7d" kubernetes_name: "Orders"`}, "kubernetes_name"},
		"configuration repeats a field":  {edits{place, `"7d"`, `"7d" config: {key: "retention.ms" value: "x"}`}, "config repeats"},
		"configuration that Kafka lacks": {edits{place, `"7d"`, `"7d" config: {key: "retention" value: "x"}`}, `config "retention"`},

		// Events.
		"event without a topic":    {edits{place, `topic: "orders" `, ``}, "no topic"},
		"event's topic misspelt":   {edits{place, `topic: "orders"`, `topic: "order"`}, `topic "order" is not declared`},
		"event without a key":      {edits{place, `key: "id" `, ``}, "no key"},
		"event's key misspelt":     {edits{place, `key: "id"`, `key: "ident"`}, `no field "ident"`},
		"key that may be empty":    {edits{place, ` [(buf.validate.field).string.min_len = 1]`, ``}, "may be empty"},
		"key and unkeyed":          {edits{place, `key: "id"`, `key: "id" unkeyed: true`}, "unkeyed"},
		"key of another major":     {edits{next, `key: "id"`, `key: "note"`, next, `optional string note = 3`, `string note = 3 [(buf.validate.field).string.min_len = 1]`, place, ` = 3 [(`, ` = 3 [(buf.validate.field).string.min_len = 1, (`}, `its key is "note"`},
		"key path of a wrong rule": {edits{pay, `key: "id"`, `key: "part.text"`, pay, `.required = true`, `.int32.gt = 1`, "part.proto", "text = 1", "text = 1 [(buf.validate.field).string.min_len = 1]"}, "do not compile"},
		"event without an owner":   {edits{place, ` owner: "team-orders"`, ``}, "no owner"},
		"wire type illegal":        {edits{place, `key: "id"`, `key: "id" type: "Pla ced"`}, "type"},
		"package without a major":  {edits{place, "package shop.v1;", "package shop;"}, "major version"},
		"revision":                 {edits{place, `key: "id"`, `key: "id" revision: 4000000000`}, "revision"},
		"one wire type twice":      {edits{pay, `key: "id"`, `key: "id" type: "Placed"`, svc, "[Placed, Paid]", "[Placed]", svc, ", orders/Paid", "", svc, "[Paid]", "[Placed]"}, "already has a Placed"},
		"deprecated since never":   {edits{place, `key: "id"`, `key: "id" deprecated: {since: "soon" sunset: "2026-01-01"}`}, "deprecated.since"},
		"deprecated backwards":     {edits{place, `key: "id"`, `key: "id" deprecated: {since: "2026-02-01" sunset: "2026-01-01"}`}, "is before since"},
		"replaced by nothing":      {edits{place, `key: "id"`, `key: "id" deprecated: {since: "2026-01-01" sunset: "2026-02-01" replaced_by: "Plced"}`}, "replaced_by"},
		"no from_previous":         {edits{next, ` from_previous: CONVERSION_BY_NAME`, ``}, "does not say how major 1 converts"},
		"from_previous of nothing": {edits{pay, `key: "id"`, `key: "id" from_previous: CONVERSION_GO`}, "without an earlier major"},
		"a field changes its type": {edits{next, `optional string note`, `optional int32 note`}, `"note" changes its type`},
		"a field is gone":          {edits{next, `  optional string note = 3;`, ``}, `"note" has no counterpart`},
		"two events in a file":     {edits{pay, "", "\n// Lost is published when an order is lost.\nmessage Lost {\n  option (eventcontracts.v1.event) = {topic: \"orders\" key: \"id\" owner: \"o\"};\n  string id = 1 [(buf.validate.field).required = true];\n}\n"}, "the file declares Paid too"},
		"event inside an event":    {edits{pay, "  part.v1.Part part = 2", "\n  // Lost is published when an order is lost.\n  message Lost {\n    option (eventcontracts.v1.event) = {topic: \"orders\" key: \"id\" owner: \"o\"};\n    string id = 1 [(buf.validate.field).required = true];\n  }\n  part.v1.Part part = 2"}, "inside another message"},
		"event inside a part":      {edits{pay, "// Paid is", "message Around {\n  // Lost is published when an order is lost.\n  message Lost {\n    option (eventcontracts.v1.event) = {topic: \"orders\" key: \"id\" owner: \"o\"};\n    string id = 1 [(buf.validate.field).required = true];\n  }\n}\n\n// Paid is"}, "inside another message"},
		"event without a comment":  {edits{pay, "// Paid is published when a customer has paid.", ""}, "no comment"},

		// Fields.
		"reserved name":             {edits{pay, "part = 2", "data = 2"}, `"data"`},
		"rule of another type":      {edits{place, "string.max_len = 9", "int32.gt = 9"}, "do not compile"},
		"rule in a shared message":  {edits{"part.proto", "text = 1", "text = 1 [(buf.validate.field).int32.gt = 1]"}, "do not compile"},
		"accept":                    {edits{"part.proto", "text = 1", "text = 1 [(eventcontracts.v1.field).accept.string.max_len = 9]"}, "accept"},
		"default without optional":  {edits{place, "optional string note", "string note"}, "default"},
		"default against a rule":    {edits{place, `"none"`, `"none of them"`}, "default"},
		"sensitivity of no meaning": {edits{"part.proto", "text = 1", "text = 1 [(eventcontracts.v1.field).sensitivity = 99]"}, "sensitivity"},
		"sensitive key in a header": {edits{place, `"7d"`, `"7d" format: FORMAT_CLOUDEVENTS_BINARY`, place, "string.min_len = 1", "string.min_len = 1, (eventcontracts.v1.field).sensitivity = SENSITIVITY_SECRET"}, "personal or secret"},

		// What the compiler says.
		"vocabulary not imported": {edits{pay, "import \"eventcontracts/v1/options.proto\";\n", ""}, `add import "eventcontracts/v1/options.proto"`},
		"rules not imported":      {edits{pay, "import \"buf/validate/validate.proto\";\n", ""}, `add import "buf/validate/validate.proto"`},
		"part not imported":       {edits{pay, "import \"part.proto\";\n", ""}, "part.v1.Part"},
		"import that is gone":     {edits{pay, "\"part.proto\"", "\"parts.proto\""}, "parts.proto"},
		"option misspelt":         {edits{pay, "topic:", "topc:"}, "did you mean topic?"},
		"rule misspelt":           {edits{pay, "min_len", "min_length"}, "min_length"},
		"type misspelt":           {edits{pay, "string id", "strin id"}, "strin"},
		"field number twice":      {edits{pay, "part = 2", "part = 1"}, "1"},
		"semicolon missing":       {edits{pay, "min_len = 1];", "min_len = 1]"}, "syntax error"},

		// services.yaml.
		"service without an owner": {edits{svc, "  owner: team-orders\n", ""}, "no owner"},
		"principal":                {edits{svc, "User:shop", "shop"}, "Kafka principal"},
		"publishes nothing known":  {edits{svc, "[Placed, Paid]", "[Placed, Payd]"}, `"Payd"`},
		"handles nothing known":    {edits{svc, "[Placed, orders/Paid]", "[Placed, orders/Payd]"}, `"orders/Payd"`},
		"group name illegal":       {edits{svc, "mailer", "'mail er'"}, "group name"},
		"group without a name":     {edits{svc, "name: mailer", "name: ''"}, "group name"},
		"groups without a name":    {edits{svc, "name: mailer", "name: ''", svc, "{name: audit, handles: [Paid], deploys: [1]}", "{name: mailer, handles: [Paid], deploys: [1]}"}, "group name"},
		"group name too long":      {edits{svc, "mailer", long}, "group name"},
		"derived names too long":   {edits{svc, "mailer", strings.Repeat("x", 236)}, "has 251 characters"},
		"group twice":              {edits{svc, "name: audit", "name: mailer"}, "belongs to shop already"},
		"group handles nothing":    {edits{svc, "handles: [Paid]", "handles: []"}, "handles nothing"},
		"group deploys nothing":    {edits{svc, "deploys: [1]}", "deploys: []}"}, "deploys no major"},
		"group deploys another":    {edits{svc, "deploys: [1]}", "deploys: [3]}"}, "deploys major 3"},
		"group deploys too little": {edits{svc, "[Paid], deploys: [1]}", "[Paid, Placed], deploys: [2]}"}, "handles Paid"},
		"group deploys too much":   {edits{svc, "deploys: [1, 2]", "deploys: [1, 2, 3]"}, "deploys major 3"},
		"unknown key":              {edits{svc, "owner:", "owners:"}, `unknown key "owners"`},
	}
	t.Run("sound", func(t *testing.T) {
		t.Parallel()
		if got := problems(t, clone(sound)); len(got) != 0 {
			t.Errorf("problems = %q, want none", got)
		}
		if !startsWith(t, clone(sound)) {
			t.Error("a service does not start")
		}
	})
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := clone(sound)
			for e := row.edit; len(e) > 0; e = e[3:] {
				switch {
				case e[1] == "":
					files[e[0]] += e[2]
				case !strings.Contains(files[e[0]], e[1]):
					t.Fatalf("%s has no %q", e[0], e[1])
				default:
					files[e[0]] = strings.ReplaceAll(files[e[0]], e[1], e[2])
				}
			}
			got := problems(t, files)
			if len(got) != 1 || !strings.Contains(got[0], row.want) {
				t.Errorf("%d problems, want one with %q:\n%s", len(got), row.want, strings.Join(got, "\n"))
			}
			// Check and start agree (see TestCheckAndStartAgree) in all that both can see.
			alone := checkAlone[name] || strings.HasPrefix(strings.Join(got, ""), svc)
			if started := startsWith(t, files); started != alone {
				t.Errorf("a service starts: %t, want %t", started, alone)
			}
		})
	}
}

// startsWith reports whether services start that link all contracts of files: one for each
// event. What does not compile becomes no service.
func startsWith(t *testing.T, files map[string]string) bool {
	t.Helper()
	protos := map[string]string{}
	for name, text := range files {
		if path.Ext(name) == ".proto" {
			protos[name] = text
		}
	}
	set, err := contracttest.Set(t.Context(), protos)
	if err != nil {
		return false
	}
	linked, err := protodesc.NewFiles(set)
	if err != nil {
		return false
	}
	for _, e := range eventsIn(linked) {
		if starts(t, linked, e) != nil {
			return false
		}
	}
	return true
}
