package event

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
)

// firstClass are the Kafka settings that TopicOptions has fields for.
var firstClass = map[string]string{
	"retention.ms": "retention", "segment.ms": "segment",
	"cleanup.policy": "cleanup", "max.message.bytes": "max_bytes",
}

// otherConfigs are Kafka 4's remaining topic settings. A broker refuses others;
// the embedded one does not, so they are checked here.
var otherConfigs = []string{
	"compression.gzip.level", "compression.lz4.level", "compression.type", "compression.zstd.level",
	"delete.retention.ms", "errors.deadletterqueue.group.enable", "file.delete.delay.ms", "flush.messages", "flush.ms",
	"follower.replication.throttled.replicas", "index.interval.bytes", "leader.replication.throttled.replicas",
	"local.retention.bytes", "local.retention.ms", "max.compaction.lag.ms", "message.timestamp.after.max.ms",
	"message.timestamp.before.max.ms", "message.timestamp.type", "min.cleanable.dirty.ratio", "min.compaction.lag.ms",
	"min.insync.replicas", "preallocate", "remote.copy.disable", "remote.log.delete.on.disable", "remote.storage.enable",
	"retention.bytes", "segment.bytes", "segment.index.bytes", "segment.jitter.ms", "unclean.leader.election.enable",
}

var kubernetesName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)

func (c *checker) readTopics(f protoreflect.FileDescriptor) {
	if !proto.HasExtension(f.Options(), eventcontractsv1.E_Topic) {
		return
	}
	list, _ := proto.GetExtension(f.Options(), eventcontractsv1.E_Topic).([]*eventcontractsv1.TopicOptions)
	for _, o := range list {
		c.readTopic(f, o)
	}
}

func (c *checker) readTopic(f protoreflect.FileDescriptor, o *eventcontractsv1.TopicOptions) {
	bad := func(problem, fix string) {
		c.add(f, "", fmt.Sprintf("topic %.260q: %s", o.GetName(), problem), fix)
	}
	if twin, ok := c.registry.topics[o.GetName()]; ok {
		bad("declared twice, also in "+twin.File, "keep one declaration and import its file")
		return
	}
	t := &Topic{
		Name: o.GetName(), KubernetesName: o.GetKubernetesName(), Partitions: int(o.GetPartitions()), Replicas: int(o.GetReplicas()),
		DLQRetention: 30 * 24 * time.Hour, Format: Format(o.GetFormat()), MaxBytes: int(o.GetMaxBytes()),
		Config: o.GetConfig(), File: f.Path(), Options: o,
	}
	if !plain(t.Name, 249) {
		bad("not a Kafka topic name", "use 1 to 249 letters, digits, '.', '_' or '-'")
	}
	if t.KubernetesName == "" {
		t.KubernetesName = t.Name
	} else if len(t.KubernetesName) > 253 || !kubernetesName.MatchString(t.KubernetesName) {
		bad(fmt.Sprintf("kubernetes_name %.60q is no RFC 1123 name", t.KubernetesName), "use lower-case letters, digits, '-' and '.'")
	}
	if t.Partitions < 1 || t.Partitions > 100_000 {
		bad(fmt.Sprintf("%d partitions", t.Partitions), "give at least 1 and at most 100000")
	}
	if t.Replicas < 1 || t.Replicas > 100 {
		bad(fmt.Sprintf("%d replicas", t.Replicas), "give at least 1 and at most 100")
	}
	if o.GetMaxBytes() < 0 {
		bad(fmt.Sprintf("max_bytes %d", o.GetMaxBytes()), "give a positive number of bytes, or leave it out")
	}
	switch o.GetCleanup() {
	case eventcontractsv1.Cleanup_CLEANUP_UNSPECIFIED, eventcontractsv1.Cleanup_CLEANUP_DELETE:
		t.Cleanup = "delete"
	case eventcontractsv1.Cleanup_CLEANUP_COMPACT:
		t.Cleanup = "compact"
	case eventcontractsv1.Cleanup_CLEANUP_COMPACT_DELETE:
		t.Cleanup = "compact,delete"
	default:
		bad(fmt.Sprintf("cleanup %d is unknown", o.GetCleanup()), "use a value of eventcontracts.v1.Cleanup")
	}
	if t.Format == 0 {
		t.Format = FormatEnvelope
	}
	if t.Format > FormatCloudEventsBinary || t.Format < 0 {
		bad(fmt.Sprintf("format %d is unknown", t.Format), "use a value of eventcontracts.v1.Format")
	}
	duration := func(field, s string, into *time.Duration, required bool) {
		if s == "" {
			if required {
				bad("no "+field, `say how long records are kept, such as "7d" or "unlimited"`)
			}
			return
		}
		d, err := parseRetention(s)
		if err != nil {
			bad(field+": "+err.Error(), `write a whole number and ms, s, m, h, d or w, such as "7d", or "unlimited"`)
			return
		}
		*into = d
	}
	duration("retention", o.GetRetention(), &t.Retention, t.Cleanup != "compact")
	duration("segment", o.GetSegment(), &t.Segment, false)
	duration("dlq_retention", o.GetDlqRetention(), &t.DLQRetention, false)
	if t.Segment == Unlimited {
		bad("segment cannot be unlimited", "give a duration or leave it out")
	}
	for _, h := range o.GetHeaders() {
		if h != eventcontractsv1.HeaderCopy_HEADER_COPY_TYPE && h != eventcontractsv1.HeaderCopy_HEADER_COPY_ID {
			bad(fmt.Sprintf("headers: %d names no metadata", h), "use HEADER_COPY_TYPE or HEADER_COPY_ID")
		}
	}
	for key := range t.Config {
		if field, ok := firstClass[key]; ok {
			bad(fmt.Sprintf("config repeats %q", key), "set the field "+field+" instead")
		} else if !slices.Contains(otherConfigs, key) {
			bad(fmt.Sprintf("config %.60q is no Kafka topic setting", key), "correct its name or remove it")
		}
	}
	c.registry.topics[t.Name] = t
}
