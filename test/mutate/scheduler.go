package main

// scheduling: order, watermarks and limits of package flow.
func scheduling() []change {
	return []change{
		{
			name: "C3: the scheduler does not put a record behind its key",
			file: "internal/flow/lane.go",
			old:  "	q.behind = append(q.behind, it)\n	return true\n", new: "	return false\n",
			packages: []string{flow}, tests: ".*",
		},
		{
			name: "C3: keys of two assignments are two keys",
			file: "internal/flow/partition.go",
			old:  "	id, ok := s.ids[name]\n	if !ok {", new: "	id, ok := s.ids[name]\n	if true || !ok {",
			packages: []string{flow}, tests: ".*",
		},
		{
			name: "C3: a record that is given up lets the next of its key start",
			file: "internal/flow/partition.go",
			old:  "		if cut < offset || p.cut.CompareAndSwap(cut, offset-1) {", new: "		if true {",
			packages: []string{flow, integration}, tests: "Test.*Cut.*|Test.*GivenUp.*|TestAbandon.*",
		},
		{
			name: "C4: the watermark passes over what waits in the overflow",
			file: "internal/flow/partition.go",
			old:  "	if len(p.overflow) == 0 && p.eof > base {\n		p.ring.skipTo(p.eof)", new: "	if p.eof > base {\n		p.ring.skipTo(p.eof)",
			packages: []string{flow}, tests: ".*",
		},
		{
			name: "C4: what a fence drops is passed over by the log's end",
			file: "internal/flow/partition.go",
			old:  "	p.overflow, p.overflowBytes, p.eof = nil, 0, -1\n", new: "	p.overflow, p.overflowBytes = nil, 0\n",
			packages: []string{flow}, tests: ".*",
		},
		{
			name: "C7: nothing bounds what runs ahead of a blocked key",
			file: "internal/flow/partition.go",
			old:  "		if p.ring.sweep(); !p.ring.fits(w.offset) {\n			return false\n		}\n", new: "",
			packages: []string{flow}, tests: ".*",
		},
		{
			name: "C8: a record above the partition's bytes never passes",
			file: "internal/flow/partition.go",
			old:  "			p.left.bytes = max(p.left.bytes, w.size)\n", new: "",
			packages: []string{flow}, tests: ".*",
		},
		{
			name: "C8: a partition resumes at once after a stall",
			file: "internal/flow/partition.go",
			old:  "	case now.Sub(p.resumed) >= cfg.ResumeEvery:\n", new: "	default:\n",
			packages: []string{flow}, tests: ".*",
		},
		{
			name: "C11: a record of an ended assignment frees its key too early",
			file: "internal/flow/partition.go",
			old:  "	p.s.wakeWaiting(p)\n", new: "",
			packages: []string{flow}, tests: ".*",
		},
		{
			name: "R3: the drain waits for retries that are not due in time",
			file: "internal/flow/partition.go",
			old:  "	return p.live().records == p.s.waitingBeyond(p, deadline)\n", new: "	return p.live().records == 0\n",
			packages: []string{flow, integration}, tests: "TestFence.*|TestAgrees.*|TestS1_.*|TestRetry.*",
		},
	}
}
