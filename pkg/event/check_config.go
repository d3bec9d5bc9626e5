package event

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// firstClass are the Kafka settings that TopicOptions has fields for.
var firstClass = map[string]string{
	"retention.ms": "retention", "segment.ms": "segment",
	"cleanup.policy": "cleanup", "max.message.bytes": "max_bytes",
}

// setting is what a Kafka topic setting may be: a whole number of at least
// least, unless it is one of words, a ratio or any text.
type setting struct {
	least int64
	most  int64 // 0: no limit
	words []string
	ratio bool
	text  bool
}

// boolean values are in lower case, as Kafka documents and prints them: a
// comparison with the broker's would see a difference in "True".
var boolean = setting{words: []string{"true", "false"}}

// settings are Kafka 4's topic settings that no field of TopicOptions says. A
// broker refuses others and wrong values; the embedded one does not, so they
// are checked here.
var settings = map[string]setting{
	"compression.gzip.level":                  {least: -1, most: 9},
	"compression.lz4.level":                   {least: 1, most: 17},
	"compression.type":                        {words: []string{"uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"}},
	"compression.zstd.level":                  {least: -131072, most: 22},
	"delete.retention.ms":                     {},
	"errors.deadletterqueue.group.enable":     boolean,
	"file.delete.delay.ms":                    {},
	"flush.messages":                          {least: 1},
	"flush.ms":                                {},
	"follower.replication.throttled.replicas": {text: true},
	"index.interval.bytes":                    {},
	"leader.replication.throttled.replicas":   {text: true},
	"local.retention.bytes":                   {least: -2},
	"local.retention.ms":                      {least: -2},
	"max.compaction.lag.ms":                   {least: 1},
	"message.timestamp.after.max.ms":          {},
	"message.timestamp.before.max.ms":         {},
	"message.timestamp.type":                  {words: []string{"CreateTime", "LogAppendTime"}},
	"min.cleanable.dirty.ratio":               {ratio: true},
	"min.compaction.lag.ms":                   {},
	"min.insync.replicas":                     {least: 1},
	"preallocate":                             boolean,
	"remote.copy.disable":                     boolean,
	"remote.log.delete.on.disable":            boolean,
	"remote.storage.enable":                   boolean,
	"retention.bytes":                         {least: -1},
	"segment.bytes":                           {least: 14},
	"segment.index.bytes":                     {least: 4},
	"segment.jitter.ms":                       {},
	"unclean.leader.election.enable":          boolean,
}

// accepts says whether a broker would take the value.
func (s setting) accepts(value string) bool {
	switch {
	case s.text:
		return true
	case s.words != nil:
		return slices.Contains(s.words, value)
	case s.ratio:
		x, err := strconv.ParseFloat(value, 64)
		return err == nil && x >= 0 && x <= 1
	}
	n, err := strconv.ParseInt(value, 10, 64)
	return err == nil && n >= s.least && (s.most == 0 || n <= s.most)
}

// checkConfig checks the settings that (topic).config gives by Kafka's names. One
// that TopicOptions has a field for is refused even with the same value: two
// places for one setting would differ one day.
func checkConfig(t *Topic, bad func(problem, fix string)) {
	for _, key := range slices.Sorted(maps.Keys(t.Config)) {
		value := t.Config[key]
		if field, ok := firstClass[key]; ok {
			bad(fmt.Sprintf("config repeats %q", key), "set the field "+field+" instead")
			continue
		}
		s, ok := settings[key]
		switch {
		case !ok:
			bad(fmt.Sprintf("config %.60q is not a Kafka topic setting", key), "correct its name or remove it")
		case !s.accepts(value):
			bad(fmt.Sprintf("config %q cannot be %.60q", key, value), "give a value that Kafka takes for it")
		case key == "min.insync.replicas" && t.possibleReplicas() && atoi(value) > t.Replicas:
			bad(fmt.Sprintf("config min.insync.replicas is %s, of %d replicas: no write would be acknowledged", value, t.Replicas),
				"lower it, or raise replicas")
		}
	}
}

// atoi reads a number that has been accepted.
func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}
