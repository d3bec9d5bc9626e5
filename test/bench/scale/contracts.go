package scale

import (
	"fmt"
	"strings"
)

// Topic carries all events of these contracts.
const Topic = "scale"

// LineSize is how many bytes a line of Lines has.
const LineSize = 100

// The contracts: Lines, whose payload grows; FieldsN of N fields; and events that differ in
// nothing but their name, for consumers with many handlers.
const (
	protoPackage = "events.scale.v1"
	Events       = 200
)

// FieldCounts are those of the contracts FieldsN.
var FieldCounts = []int{5, 20, 50, 100, 200}

// Contracts is how many there are.
var Contracts = Events + 1 + len(FieldCounts)

// EventName is the n-th of the events that differ in their name, from 0.
func EventName(n int) string { return fmt.Sprintf("Event%03d", n+1) }

// FieldsName is the event of n fields.
func FieldsName(n int) string { return fmt.Sprintf("Fields%d", n) }

// LinesName is the event whose payload grows.
const LinesName = "Lines"

// protoFiles are the contracts' sources by their path below proto.
func protoFiles() map[string]string {
	const folder = "events/scale/v1/"
	head := "syntax = \"proto3\";\n\npackage " + protoPackage + ";\n\nimport \"eventcontracts/v1/options.proto\";\n"
	files := map[string]string{folder + "topics.proto": head + "\noption (eventcontracts.v1.topic) = {\n  name: \"" + Topic + "\"\n  partitions: 3\n  replicas: 1\n  retention: \"7d\"\n};\n"}
	type field struct{ name, rules string }
	add := func(name string, fields ...field) {
		var b strings.Builder
		fmt.Fprintf(&b, "%simport \"buf/validate/validate.proto\";\nimport \"%stopics.proto\";\n\n// %s is measured.\nmessage %s {\n", head, folder, name, name)
		fmt.Fprintf(&b, "  option (eventcontracts.v1.event) = {\n    topic: \"%s\"\n    key: \"scale_id\"\n    owner: \"team-scale\"\n  };\n", Topic)
		fmt.Fprint(&b, "\n  // The key.\n  string scale_id = 1 [(buf.validate.field).string.uuid = true];\n")
		for i, f := range fields {
			fmt.Fprintf(&b, "\n  // One of many.\n  %s = %d [%s];\n", f.name, i+2, f.rules)
		}
		b.WriteString("}\n")
		files[folder+strings.ToLower(name)+".proto"] = b.String()
	}
	const rules = "(buf.validate.field).string = {min_len: 1 max_len: 100}"
	for n := range Events {
		add(EventName(n), field{"string text", rules})
	}
	add(LinesName, field{"repeated string lines", "(buf.validate.field).repeated = {max_items: 2000 items: {string: {max_len: 200}}}"})
	for _, n := range FieldCounts {
		var fields []field
		for i := range n - 1 {
			fields = append(fields, field{fmt.Sprintf("string text_%d", i+1), rules})
		}
		add(FieldsName(n), fields...)
	}
	return files
}
