package event

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
)

var kubernetesName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)

// readTopics reads the topics that a file declares.
func (c *checker) readTopics(f protoreflect.FileDescriptor) {
	for i, o := range descriptor.Topics(f) {
		c.readTopic(declaration{f, i}, o)
	}
}

// declaration is one (topic) of a file.
type declaration struct {
	file  protoreflect.FileDescriptor
	index int
}

// readTopic checks one declaration and fills in defaults. The topic is known
// under its name even if something is wrong with it: its events are then refused
// for that, and not for naming a topic that nobody declares.
func (c *checker) readTopic(d declaration, o *eventcontractsv1.TopicOptions) {
	bad := func(problem, fix string) { c.badTopic(d, o.GetName(), problem, fix) }
	if o.GetName() == "" {
		bad("no name", "give it the topic's name in Kafka")
		c.nameless[d.file.Path()] = c.topics[""]
		return
	}
	if twin, ok := c.registry.topics[o.GetName()]; ok {
		bad("declared twice, also in "+twin.File, "keep one declaration and import its file")
		return
	}
	t := &Topic{
		Name: o.GetName(), KubernetesName: o.GetKubernetesName(), Partitions: int(o.GetPartitions()), Replicas: int(o.GetReplicas()),
		DLQRetention: 30 * 24 * time.Hour, Format: Format(o.GetFormat()), MaxBytes: int(o.GetMaxBytes()),
		Config: o.GetConfig(), File: d.file.Path(), Options: o,
	}
	if !topicname.Valid(t.Name) {
		bad("not a Kafka topic name", "use 1 to 249 letters, digits, '.', '_' or '-'")
	}
	// A KafkaTopic resource of Strimzi needs a name of Kubernetes, which allows
	// less than Kafka: no upper case, no underscore.
	if t.KubernetesName == "" {
		t.KubernetesName = t.Name
	} else if len(t.KubernetesName) > 253 || !kubernetesName.MatchString(t.KubernetesName) {
		bad(fmt.Sprintf("kubernetes_name %.60q is not an RFC 1123 name", t.KubernetesName), "use lower-case letters, digits, '-' and '.'")
	}
	if t.Partitions < 1 || t.Partitions > 100_000 {
		bad(fmt.Sprintf("%d partitions", t.Partitions), "give at least 1 and at most 100000")
	}
	if !t.possibleReplicas() {
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
	// Enums of proto3 are open: see versioning.
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
		d, err := descriptor.Retention(s)
		if err != nil {
			bad(field+": "+err.Error(), `write a whole number and ms, s, m, h, d or w, such as "7d", or "unlimited"`)
			return
		}
		*into = d
	}
	duration("retention", o.GetRetention(), &t.Retention, t.Cleanup != "compact")
	duration("segment", o.GetSegment(), &t.Segment, false)
	duration("dlq_retention", o.GetDlqRetention(), &t.DLQRetention, false)
	// Kafka deletes whole segments: one that never ends would keep its first record
	// for as long as its last.
	if t.Segment == Unlimited {
		bad("segment cannot be unlimited", "give a duration or leave it out")
	}
	for _, h := range o.GetHeaders() {
		if h != eventcontractsv1.HeaderCopy_HEADER_COPY_TYPE && h != eventcontractsv1.HeaderCopy_HEADER_COPY_ID {
			bad(fmt.Sprintf("headers: %d does not name any metadata", h), "use HEADER_COPY_TYPE or HEADER_COPY_ID")
		}
	}
	checkConfig(t, bad)
	c.registry.topics[t.Name] = t
	c.declared[t.Name] = d
}

// possibleReplicas reports whether a cluster could have the topic's replicas.
func (t *Topic) possibleReplicas() bool { return t.Replicas >= 1 && t.Replicas <= 100 }

// badTopic reports a problem of a topic, which every event on it shares.
func (c *checker) badTopic(d declaration, topic, problem, fix string) {
	err := c.reportAt(d.file, descriptor.TopicLine(d.file, d.index), "", fmt.Sprintf("topic %.260q: %s", topic, problem), fix)
	c.topics[topic] = errors.Join(c.topics[topic], err)
}

// checkTopicNames finds topics that Kafka takes for one another. Both are at
// fault; the one that comes second by name has the problem's line.
func (c *checker) checkTopicNames() {
	first := map[string]*Topic{}
	for _, t := range c.registry.Topics() {
		key := topicname.CollisionKey(t.Name)
		other, taken := first[key]
		if !taken {
			first[key] = t
			continue
		}
		c.badTopic(c.declared[t.Name], t.Name, fmt.Sprintf("its name and that of %q, declared in %s, differ only in '.' and '_', which Kafka refuses",
			other.Name, other.File), "rename one of the two")
		c.topics[other.Name] = errors.Join(c.topics[other.Name], c.errs[len(c.errs)-1])
	}
}

// checkCompaction checks the events of topics that keep one record for each
// key.
func (c *checker) checkCompaction() {
	first := map[*Topic]*Contract{}
	for _, k := range c.registry.contracts {
		if k.Topic.Cleanup == "delete" {
			continue
		}
		name := string(k.Descriptor.Name())
		if k.Unkeyed {
			c.add(k.Descriptor, name, fmt.Sprintf("it is unkeyed, and topic %q is compacted, which needs keys", k.Topic.Name),
				"give it a key, or the topic CLEANUP_DELETE")
		}
		other, taken := first[k.Topic]
		if !taken {
			first[k.Topic] = k
		} else if other.Type != k.Type {
			c.add(k.Descriptor, name, fmt.Sprintf("topic %q is compacted and carries %s too: the last record of a key would remove those of the other type",
				k.Topic.Name, other.Type), "give each event type a topic of its own, or the topic CLEANUP_DELETE")
		}
	}
}
