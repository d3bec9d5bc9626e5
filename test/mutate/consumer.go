package main

// ownership: what a consumer may do with a partition, and when no longer.
func ownership() []change {
	return []change{
		{
			name: "C10: lost partitions are drained and stored",
			file: "pkg/eventbus/rebalance.go",
			old:  "	lost := o.client.AssignmentLost() || !o.drainTakenBack(list)", new: "	lost := !o.drainTakenBack(list) && false",
			packages: []string{integration}, tests: "TestC10_.*",
		},
		{
			name: "C10: handlers of a lost partition go on",
			file: "pkg/eventbus/rebalance.go",
			old:  "		a.flow.Release()\n		a.cancel(why)\n		delete(", new: "		a.flow.Release()\n		delete(",
			packages: []string{bus, integration}, tests: "TestC10_.*",
		},
		{
			name: "C10: handlers of a lost partition are told of a stop",
			file: "pkg/eventbus/rebalance.go",
			old:  "		a.cancel(why)\n", new: "		a.cancel(ErrStopping)\n",
			packages: []string{bus, integration}, tests: "TestC10_.*",
		},
		{
			name: "C10: the client commits once more what it has stored of a lost partition",
			file: "pkg/eventbus/rebalance.go",
			old:  "		o.dropStored(list)\n", new: "		_ = list\n",
			packages: []string{integration}, tests: "TestC10_C23_.*",
		},
		{
			name: "C9: a revocation waits for a letter that has failed",
			file: "pkg/eventbus/drain.go",
			old:  "		a.flow.Fence()\n		a.giveUp()\n", new: "		a.flow.Fence()\n",
			packages: []string{integration}, tests: "TestC9_ADeadLetter.*",
		},
		{
			name: "S1: what is assigned during a stop is handled",
			file: "pkg/eventbus/assign.go",
			old:  "			a.flow.Fence() // nothing of it starts here\n", new: "",
			packages: []string{bus, integration}, tests: "TestS1_.*",
		},
		{
			name: "S1: a partition is cut after its handlers' contexts have ended",
			file: "pkg/eventbus/shutdown.go",
			old:  "	for _, a := range o.assignments.list {\n		a.flow.Release()\n	}\n	o.endHandlers(ErrStopping)\n", new: "	o.endHandlers(ErrStopping)\n	time.Sleep(20 * time.Millisecond)\n	for _, a := range o.assignments.list {\n		a.flow.Release()\n	}\n",
			packages: []string{integration}, tests: "TestS1_NothingStarts.*",
		},
		{
			name: "C24: an eager assignment forgets the one before",
			file: "pkg/eventbus/rebalance.go",
			old:  "	if o.c.client.Cooperative() || len(left) == 0 {\n		return nil", new: "	if len(left) >= 0 {\n		return nil",
			packages: []string{bus}, tests: "TestC24_.*",
		},
	}
}

// commits: what is stored and committed.
func commits() []change {
	return []change{
		{
			name: "C12: an offset that the client did not store counts as stored",
			file: "pkg/eventbus/commit.go",
			old:  "				\"group\", o.c.cfg.Group, \"topic\", *r.Topic, \"partition\", r.Partition, \"offset\", int64(r.Offset), \"error\", r.Error)\n			continue\n", new: "				\"group\", o.c.cfg.Group, \"topic\", *r.Topic, \"partition\", r.Partition, \"offset\", int64(r.Offset), \"error\", r.Error)\n",
			packages: []string{bus, integration}, tests: "TestC12_.*",
		},
		{
			name: "C12: errors of storing are not counted",
			file: "pkg/eventbus/commit.go",
			old:  "			o.c.counts.storeErrors.Add(1)\n			o.c.notices.Say(o.c.logger, \"store\", \"an offset cannot", new: "			o.c.notices.Say(o.c.logger, \"store\", \"an offset cannot",
			packages: []string{bus, integration}, tests: "TestC12_.*",
		},
		{
			name: "C4: the record that is handled now counts as settled",
			file: "pkg/eventbus/commit.go",
			old:  "		w := a.flow.Watermark()\n", new: "		w := a.flow.Watermark() + 1\n",
			packages: []string{integration}, tests: "TestC4_.*",
		},
		{
			name: "C7: intake goes on while commits fail",
			file: "pkg/eventbus/commit.go",
			old:  "	o.limited = n >= o.c.cfg.MaxUncommitted", new: "	o.limited = n < 0",
			packages: []string{integration}, tests: "TestC7_IntakeStops.*",
		},
		{
			name: "C17: holes are not counted",
			file: "pkg/eventbus/gaps.go",
			old:  "	o.c.counts.gaps.Add(uint64(offset - from))\n", new: "",
			packages: []string{bus, integration}, tests: "TestC17_.*|TestC6_.*",
		},
		{
			name: "C17: a lost range is not counted",
			file: "pkg/eventbus/place.go",
			old:  "		o.lost(a, next, w.Low)\n", new: "",
			packages: []string{bus, integration}, tests: "TestC17_.*|TestC20_.*",
		},
		{
			name: "C20: a committed offset that cannot be read counts as none",
			file: "pkg/eventbus/assign.go",
			old:  "topicID: o.currentID(s.name), committed: unknownOffset}", new: "topicID: o.currentID(s.name), committed: -1}",
			packages: []string{bus, integration}, tests: "TestC17_.*|TestC20_.*",
		},
		{
			name: "C20: nobody looks whether a partition is read",
			file: "pkg/eventbus/fetching.go",
			old:  "		if now.Sub(f.since) < patience {", new: "		if now.Sub(f.since) >= 0 {",
			packages: []string{integration}, tests: "TestC20_ABatchThatIsPassedOver.*",
		},
		{
			name: "C20: an open transaction counts as a partition that is not read",
			file: "pkg/eventbus/place.go",
			old:  "case p.still && next == w.High:", new: "case false:",
			packages: []string{integration}, tests: "TestC20_AnOpenTransaction.*",
		},
		{
			name: "C20: a client that reads out of the log goes on at its begin",
			file: "pkg/eventbus/place.go",
			old:  "		to = next\n		if p.still", new: "		to = w.Low\n		if p.still",
			packages: []string{bus, integration}, tests: "TestC17_.*|TestC20_.*",
		},
		{
			name: "C17: where a new group begins is not committed",
			file: "pkg/eventbus/start.go",
			old:  "		if g.err = o.commitNow(g.Starts); g.err == nil {", new: "		{",
			packages: []string{integration}, tests: "TestC17_AGroupBeginsOnce|TestC17_AStart.*",
		},
		{
			name: "C17: a partition that is added later begins at its end",
			file: "internal/kafkaclient/starts.go",
			old:  "		if tp.Offset >= 0 {\n			return out, nil\n		}", new: "",
			packages: []string{integration}, tests: "TestC17_APartitionThatIsAdded.*|TestC17_ACommitComes.*",
		},
		{
			name: "S1: the last commit is not waited for",
			file: "pkg/eventbus/shutdown.go",
			old:  "			err = o.commitLast(deadline.Add(-lastCommitMargin))", new: "			err = nil",
			packages: []string{integration}, tests: "TestS1_ALastCommit.*",
		},
	}
}

// failures: what becomes of a record whose handler fails.
func failures() []change {
	return []change{
		{
			name: "R1: Skip counts at the first attempt only",
			file: "pkg/eventbus/verdict.go",
			old:  "	if out.skip {\n", new: "	if out.skip && v.attempts == 1 {\n",
			packages: []string{integration}, tests: "TestR1_.*",
		},
		{
			name: "R1: what ends with a shutdown counts as an attempt",
			file: "pkg/eventbus/verdict.go",
			old:  "	if d.in.ctx.Err() != nil { // shutdown, revocation or loss: no attempt\n", new: "	if false {\n",
			packages: []string{integration}, tests: "TestR1_.*",
		},
		{
			name: "R1: a permanent error is retried",
			file: "pkg/eventbus/verdict.go",
			old:  "	case out.permanent:\n", new: "	case out.permanent && v.attempts > 1:\n",
			packages: []string{integration}, tests: "TestR1_.*",
		},
		{
			name: "R2: delays have no jitter",
			file: "pkg/eventbus/retry.go",
			old:  "		d *= 1 + p.Jitter*(2*rand.Float64()-1)\n", new: "		d *= 1 + 0*p.Jitter*(2*rand.Float64()-1)\n",
			packages: []string{bus, integration}, tests: "TestR2_.*",
		},
		{
			name: "R2: the time in handlers does not count",
			file: "pkg/eventbus/verdict.go",
			old:  "		f.began, f.first, f.openFor = began, now,", new: "		f.began, f.first, f.openFor = now, now,",
			packages: []string{bus, integration}, tests: "TestR2_.*",
		},
		{
			name: "R4: what fails while the breaker is open is the last attempt",
			file: "pkg/eventbus/verdict.go",
			old:  "	case !open && h.retry.exhausted(v.attempts-f.excused,", new: "	case h.retry.exhausted(v.attempts,",
			packages: []string{integration}, tests: "TestR4_.*",
		},
		{
			name: "R4: a permanent error counts as an outage",
			file: "pkg/eventbus/verdict.go",
			old:  "	open := !out.permanent && call.Failed(", new: "	open := call.Failed(",
			packages: []string{integration}, tests: "TestR4_.*",
		},
		{
			name: "R4: the limit counts for every reason",
			file: "pkg/eventbus/letters.go",
			old:  "	if v.reason != event.ReasonRetriesExhausted {", new: "	if v.reason != event.ReasonRetriesExhausted && v.text == \"?\" {",
			packages: []string{integration}, tests: "TestR4_.*",
		},
		{
			name: "C14: an overdue handler keeps its place",
			file: "internal/flow/spare.go",
			old:  "	if len(s.spares.free) == 0 || s.stopped() {", new: "	if true {",
			packages: []string{"./internal/flow", integration}, tests: "TestC14_.*|TestOverdue.*",
		},
		{
			name: "R2: one attempt too many",
			file: "pkg/eventbus/retry.go",
			old:  "	return attempt >= p.MaxAttempts ||", new: "	return attempt > p.MaxAttempts ||",
			packages: []string{integration}, tests: "TestR2_.*",
		},
		{
			name: "C13: middleware runs in the reverse order",
			file: "pkg/eventbus/routes.go",
			old:  "	for i := len(c.Middleware) - 1; i >= 0; i-- {\n", new: "	for i := range c.Middleware {\n",
			packages: []string{bus, integration}, tests: "TestMiddleware.*",
		},
		{
			name: "C21: handlers see the correlation id of Run's context",
			file: "pkg/eventbus/attempt_context.go",
			old:  "	case eventctx.Correlation:\n		return nil\n", new: "",
			packages: []string{bus, integration}, tests: "TestC21_.*",
		},
		{
			name: "C14: the attempt's time is that of the consumer's timeout twice",
			file: "pkg/eventbus/attempt.go",
			old:  "		base: a.ctx, deadline: started.Add(h.timeout),", new: "		base: a.ctx, deadline: started.Add(2*h.timeout),",
			packages: []string{integration}, tests: "TestC14_.*",
		},
	}
}

// letters: what becomes of a record that cannot be handled.
func letters() []change {
	return []change{
		{
			name: "D4: a record counts as dead-lettered before its letter is acknowledged",
			file: "pkg/eventbus/letters.go",
			old:  "	if err := l.d.client.Send(&msg, l.reported); err != nil {\n", new: "	defer l.finish(flow.Settled())\n	if err := l.d.client.Send(&msg, func(int32, int64, error) {}); err != nil {\n",
			packages: []string{integration}, tests: "TestD4_.*",
		},
		{
			name: "D5: a consumer whose letters fail stays ready for an hour",
			file: "pkg/eventbus/letters.go",
			old:  "	letterPatience = 30 * time.Second\n", new: "	letterPatience = time.Hour\n",
			packages: []string{bus, integration}, tests: "TestD5_.*",
		},
		{
			name: "D6: a letter that is too large is told of after 30 s only",
			file: "pkg/eventbus/letters.go",
			old:  "detail: detail, final: tooLarge})", new: "detail: detail, final: tooLarge && l.tries < 0})",
			packages: []string{bus, integration}, tests: "TestD6_.*",
		},
		{
			name: "D6: a letter that is too large is dropped",
			file: "pkg/eventbus/letters.go",
			old:  "			tooLarge, wait = true, letterMaxDelay\n", new: "			tooLarge, wait = true, letterMaxDelay\n			l.finish(flow.Settled())\n			return\n",
			packages: []string{integration}, tests: "TestD6_.*",
		},
		{
			name: "D7: letters without a key go to any partition",
			file: "pkg/eventbus/letter.go",
			old:  "		msg.TopicPartition.Partition = d.in.partition % int32(partitions)\n", new: "		msg.TopicPartition.Partition = kafka.PartitionAny\n",
			packages: []string{bus, integration}, tests: "TestD7_.*|TestD2_D7_.*",
		},
		{
			name: "D8: a consumer of dead letters gives up",
			file: "pkg/eventbus/verdict.go",
			old:  "		return flow.Retry(wait)\n	}\n	if v.first.IsZero()", new: "		return flow.Settled()\n	}\n	if v.first.IsZero()",
			packages: []string{integration}, tests: "TestD8_.*",
		},
	}
}

// intake: what is taken, and when no more.
func intake() []change {
	return []change{
		{
			name: "C8: intake resumes at once, again and again",
			file: "pkg/eventbus/pauses.go",
			old:  "now.Sub(o.resumed) >= resumeEvery && o.roomAgain()", new: "o.roomAgain()",
			packages: []string{bus, integration}, tests: "TestC8_.*",
		},
		{
			name: "C8: a partition that is full holds up the others for long",
			file: "pkg/eventbus/pauses.go",
			old:  "		limit = a.refetch.patience()\n", new: "		limit = time.Minute\n",
			packages: []string{bus, integration}, tests: "TestC8_.*",
		},
		{
			name: "C8: a pause that costs much is not put off",
			file: "pkg/eventbus/refetch.go",
			old:  "max(briefly, refetchShare*r.took-r.waited)", new: "briefly",
			packages: []string{bus}, tests: "TestC8_.*",
		},
		{
			name: "C15: more keys are held than may be",
			file: "pkg/eventbus/held.go",
			old:  "	if n > 0 && (n >= keys || held > bytes) {\n", new: "	if n > keys*1000 && held > bytes*1000 {\n",
			packages: []string{integration}, tests: "TestC15_.*",
		},
		{
			name: "C8: partitions have no minimum beside the others",
			file: "internal/flow/scheduler.go",
			old:  "		if p.withinMinimum(size) {\n			return true\n		}\n", new: "",
			packages: []string{flow, integration}, tests: "TestR3_.*|TestC8_.*",
		},
		{
			name: "C8: headers are not counted",
			file: "pkg/eventbus/memory.go",
			old:  "		size += headerMemory + len(", new: "		size += len(",
			packages: []string{bus}, tests: "TestC8_.*",
		},
	}
}
