package main

// publishing: what a publish tells, and in which order events are written.
func publishing() []change {
	return []change{
		{
			name: "G2: success is told at the enqueue",
			file: "pkg/eventbus/enqueue.go",
			old:  "			if outcome == nil {\n				continue // it is the drain goroutine's now\n			}\n", new: "			if outcome == nil {\n				pd.Settle(pd.report)\n				continue\n			}\n",
			packages: []string{bus}, tests: "TestG2_.*",
		},
		{
			name: "G3: a refusal counts as one though an attempt came before",
			file: "internal/kafkaclient/outcome.go",
			old:  "	if only && isRejection(Code(err)) {", new: "	if isRejection(Code(err)) {",
			packages: []string{bus}, tests: "TestG3_.*|TestP3_.*",
		},
		{
			name: "P5: nothing is held back while records are sent again",
			file: "internal/kafkaclient/resend.go",
			old:  "		r.p.budget.hold(1)\n", new: "",
			packages: []string{bus}, tests: "TestP5_.*",
		},
		{
			name: "P5: a record that was overtaken is sent again",
			file: "internal/kafkaclient/resend.go",
			old:  "		earlier.entry().overtaken = true\n", new: "		_ = earlier\n",
			packages: []string{bus}, tests: "TestP5_.*",
		},
		{
			name: "P4: room is not given back for what was not enqueued",
			file: "internal/kafkaclient/enqueue.go",
			old:  "\n		p.budget.give(1, o.entry().Size)\n", new: "\n",
			packages: []string{bus}, tests: "TestP14_AnUnknownTopicIsRejected.*",
		},
	}
}
