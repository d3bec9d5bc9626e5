package event

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	eventcontractsv1 "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
)

// Unlimited is the retention of records that are never deleted for their age.
const Unlimited = time.Duration(-1)

// Contract is what an event's descriptor says.
type Contract struct {
	Type       string // on the wire
	Major      int
	Revision   int
	Topic      *Topic
	KeyPath    string // "" if Unkeyed
	Unkeyed    bool
	Owner      string
	Descriptor protoreflect.MessageDescriptor
	Options    *eventcontractsv1.EventOptions

	typ      protoreflect.MessageType
	version  string
	key      []protoreflect.FieldDescriptor
	defaults *defaults
	timed    map[string]protoreflect.FieldDescriptor // fields with times in them, by both names
	nulls    []null
	absent   map[string]bool // fields for which null is as good as absent
	broken   bool            // the registry knows a problem of it

	innerNulls bool // messages in it have optional fields
	sensitive  bool // a field is personal or secret
	open       bool // it may hold any number of messages

	size atomic.Int64 // of the largest record so far, up to maxHint
}

// Version is the contract's version on the wire, "<major>.<revision>".
func (c *Contract) Version() string { return c.version }

// new returns an empty message of the contract.
func (c *Contract) new() proto.Message { return c.typ.New().Interface() }

// Key returns the text of msg's key field, which may be empty.
func (c *Contract) Key(msg proto.Message) (string, error) {
	if c.Unkeyed {
		return "", nil
	}
	m := msg.ProtoReflect()
	if m.Descriptor() != c.Descriptor {
		return "", fmt.Errorf("key of %s: the message is a %s of other contracts", c.Type, m.Descriptor().FullName())
	}
	last := len(c.key) - 1
	for _, fd := range c.key[:last] {
		m = m.Get(fd).Message()
	}
	value := m.Get(c.key[last])
	switch c.key[last].Kind() {
	case protoreflect.BytesKind:
		return string(value.Bytes()), nil
	case protoreflect.EnumKind:
		return strconv.Itoa(int(value.Enum())), nil
	default:
		return value.String(), nil
	}
}

// Topic is a declared Kafka topic.
type Topic struct {
	Name           string
	KubernetesName string
	Partitions     int
	Replicas       int
	Retention      time.Duration // 0: the broker's default
	Segment        time.Duration // 0: the broker's default
	DLQRetention   time.Duration
	Cleanup        string // Kafka's cleanup.policy
	Format         Format
	MaxBytes       int               // 0: no limit of the topic's own
	Config         map[string]string // other Kafka settings
	File           string            // that declares it
	Options        *eventcontractsv1.TopicOptions
}

// KafkaConfig is the topic's configuration in Kafka's words.
func (t *Topic) KafkaConfig() map[string]string {
	m := map[string]string{"cleanup.policy": t.Cleanup}
	if t.Retention != 0 {
		m["retention.ms"] = millis(t.Retention)
	}
	if t.Segment != 0 {
		m["segment.ms"] = millis(t.Segment)
	}
	if t.MaxBytes != 0 {
		m["max.message.bytes"] = strconv.Itoa(t.MaxBytes)
	}
	for k, v := range t.Config {
		m[k] = v
	}
	return m
}

func millis(d time.Duration) string {
	if d == Unlimited {
		return "-1"
	}
	return strconv.FormatInt(d.Milliseconds(), 10)
}

// major reads N of a package that ends in ".vN".
func major(pkg protoreflect.FullName) (int, bool) {
	last := string(pkg[strings.LastIndexByte(string(pkg), '.')+1:])
	digits, ok := strings.CutPrefix(last, "v")
	if !ok || digits == "" || digits[0] == '0' || len(digits) > 6 {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 31)
	return int(n), err == nil
}
