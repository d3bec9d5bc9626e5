// Command bench measures the bus against the client that it is built on and against what a
// team would otherwise take (package peers): the same events, at the same settings, in turns
// and in processes of their own, against an embedded broker in another process. Only the
// ratios mean something. What a series did is held against the broker's log or the group's
// commits; one that lost a record, or counted one twice, has no figures, and the run ends with
// an error when all others are measured.
//
//	go run .                    everything: it prints its plan and the time first
//	go run . -list              the plan alone
//	go run . -rounds 5          more rounds
//	go run . -only bus          some groups of series; publish/linger only so
//	go run . -kafka             on Apache Kafka, after make kafka-jars
//	go run . -scale 0.05        a short run, which shows that all works and no more
//	go run . -render FILE       tables and charts of a bench.json again
//	go run . -memory            a million events and a slow handler: its memory
//	go run . -profile DIR       CPU and allocation profiles of each series
//
// Tables are printed, and written with the charts and the JSON that they are made of into
// -out (package report). The Python peers need python/setup.sh once.
//
// It is a module of its own, so that what only a benchmark needs stays out of
// the graphs of those who import the toolkit.
package main
