package kafkaclient

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/config"
)

// propertyRule refuses values of one librdkafka property that users set, because
// they would break a guarantee or contradict a field. The properties without a
// rule are allowed; testdata/properties.txt lists every one of librdkafka 2.15.1
// with what becomes of it.
type propertyRule struct {
	key string                  // canonical name; a trailing '*' matches a prefix
	ok  func(value string) bool // nil refuses every value
	why string
}

// propertyAliases are librdkafka's second names of properties that we set or
// refuse. Two names of one property in one map would apply in random order.
var propertyAliases = map[string]string{
	"metadata.broker.list":     "bootstrap.servers",
	"sasl.mechanism":           "sasl.mechanisms",
	"max.in.flight":            "max.in.flight.requests.per.connection",
	"request.required.acks":    "acks",
	"queue.buffering.max.ms":   "linger.ms",
	"message.send.max.retries": "retries",
	"compression.codec":        "compression.type",
	"delivery.timeout.ms":      "message.timeout.ms",
	"fetch.message.max.bytes":  "max.partition.fetch.bytes",
}

var sharedRules = []propertyRule{
	{"go.*", nil, "the bus owns the Go client's channels"},
	{"{topic}.*", nil, "give the property without the prefix"},
	{"bootstrap.servers", nil, "use the field Brokers"},
	{"security.protocol", nil, "use the fields TLS, SASL and Insecure"},
	{"sasl.*", nil, "use the field SASL, which prints without the password"},
	{"ssl.ca.location", nil, "use the field TLS"},
	{"ssl.certificate.location", nil, "use the field TLS"},
	{"ssl.key.location", nil, "use the field TLS"},
	{"ssl.key.password", nil, "a secret would be printed with the configuration: use a key file that only the service can read"},
	{"ssl.keystore.*", nil, "a secret would be printed with the configuration: use the field TLS"},
	{"ssl.key.pem", nil, "a secret would be printed with the configuration: use the field TLS"},
	{"ssl.certificate.pem", nil, "use the field TLS"},
	{"ssl.cipher.suites", without("@"), "commands such as @SECLEVEL=0 allow connections without encryption or certificate"},
	{"ssl.engine.*", nil, "foreign code could break any guarantee"},
	{"https.ca.location", nil, "use the field SASL.OIDC"},
	{"enable.sasl.oauthbearer.unsecure.jwt", isFalse, "use the field SASL: such a token proves nothing"},
	{"enable_sasl_queue", nil, "use the field SASL"},
	{"enable.ssl.certificate.verification", isTrue, "connections must be to brokers whose certificate is verified"},
	{"ssl.endpoint.identification.algorithm", oneOf("https"), "connections must be to brokers whose host name is verified"},
	{"allow.auto.create.topics", isFalse, "topics are never created by use: eventctl topics apply creates them"},
	{"log.connection.close", isTrue, "a lost connection decides whether an outcome is known"},
	{"socket.max.fails", atLeast(1), "a request that times out must end its connection, so that it is seen"},
	{"plugin.library.paths", nil, "foreign code could break any guarantee"},
	{"topic.metadata.refresh.interval.ms", between(1, 300000), "partitions that are added later would be neither written nor read for long, or ever"},
	{"topic.blacklist", nil, "a topic that is needed would not exist for the client"},
	{"receive.message.max.bytes", atLeast(100_000_000), "an answer with large batches would never be read"},
	{"api.version.request", isTrue, "without it old requests are used, which know neither headers nor transactions"},
	{"api.version.fallback.ms", oneOf("0"), "old requests would be used, which know neither headers nor transactions"},
	{"broker.version.fallback", nil, "old requests would be used, which know neither headers nor transactions"},
	{"internal.termination.signal", nil, "the process's own handling of the signal would end"},
	{"test.*", nil, "it is for tests of the client"},
	{"ut_*", nil, "it is for tests of the client"},
}

var producerRules = []propertyRule{
	{"enable.gapless.guarantee", isFalse, "one event that is refused would end the producer"},
	{"enable.idempotence", isTrue, "without it a retry duplicates and reorders events"},
	{"acks", oneOf("all", "-1"), "an acknowledged event could be lost"},
	{"max.in.flight.requests.per.connection", between(1, 5), "more than 5 lose the order of retried events"},
	{"partitioner", oneOf("murmur2_random"), "producers that place keys differently break order per key"},
	{"queuing.strategy", oneOf("fifo"), "lifo breaks order per key"},
	{"transactional.id", nil, "publishes are not part of transactions"},
	{"topic.metadata.propagation.max.ms", between(1, 30000), "a topic that does not exist must be told within 35 s"},
	{"delivery.report.only.error", isFalse, "an event without report is never acknowledged"},
	{"linger.ms", nil, "use the field Linger"},
	{"message.timeout.ms", nil, "use the field MessageTimeout"},
	{"message.max.bytes", nil, "use the field MaxRecordBytes"},
	{"batch.size", nil, "it is kept below the smallest max_bytes of the topics: name them in Events"},
	{"queue.buffering.max.messages", nil, "the bus bounds what is outstanding by itself"},
	{"queue.buffering.max.kbytes", nil, "the bus bounds what is outstanding by itself"},
	{"retry.backoff.ms", atLeast(100), "a second attempt that begins sooner cannot be told from the first, and a refusal would prove nothing"},
	{"retry.backoff.max.ms", atLeast(100), "a second attempt that begins sooner cannot be told from the first, and a refusal would prove nothing"},
	{"sticky.partitioning.linger.ms", atLeast(0), "a negative time is refused by the client"},
}

var consumerRules = []propertyRule{
	{"group.id", nil, "use the field Group"},
	{"enable.auto.commit", isTrue, "the client commits what the bus stored, at unassignment and close too"},
	{"enable.auto.offset.store", isFalse, "an offset is stored only when every record below it is settled"},
	{"enable.partition.eof", isTrue, "without it the commit stops before transaction markers and compaction holes"},
	{"isolation.level", oneOf("read_committed"), "records of aborted transactions would be handled"},
	{"auto.offset.reset", oneOf("earliest", "smallest", "beginning"), "a new group would pass over what is in the log"},
	{"check.crcs", isTrue, "a corrupted record could be handled"},
	{"auto.commit.interval.ms", between(1, 30000), "what a crash delivers again grows with it, and 0 commits never"},
	{"offset.store.method", oneOf("broker"), "the group's offsets are committed to the broker, and nowhere else"},
	{"max.poll.interval.ms", between(1000, 86400000), "it must leave time to poll three times"},
	{"fetch.wait.max.ms", between(0, 1000), "the end of a log would be seen late, and a Close would wait for it"},
	{"group.protocol.type", oneOf("consumer"), "the group would not be one of consumers"},
}

// ProducerProblems lists the overrides that a producer refuses.
func ProducerProblems(overrides map[string]string) []error {
	return propertyProblems(overrides, sharedRules, producerRules)
}

// ConsumerProblems lists the overrides that a consumer refuses.
func ConsumerProblems(overrides map[string]string) []error {
	out := propertyProblems(overrides, sharedRules, consumerRules)
	if strings.EqualFold(overrides["group.protocol"], "consumer") {
		for _, key := range []string{"partition.assignment.strategy", "session.timeout.ms", "heartbeat.interval.ms"} {
			if _, ok := overrides[key]; ok {
				out = append(out, config.Problemf("Config", "%s: the broker decides it with group.protocol=consumer: leave it out", key))
			}
		}
	}
	return out
}

func propertyProblems(overrides map[string]string, ruleSets ...[]propertyRule) []error {
	var out []error
	given := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(overrides)) {
		name := canonical(key)
		if other, ok := given[name]; ok {
			out = append(out, config.Problemf("Config", "%s and %s are one property: give it once", other, key))
		}
		given[name] = key
		if strings.TrimSpace(overrides[key]) != overrides[key] {
			// The client takes it off some values, and not off others.
			out = append(out, config.Problemf("Config", "%s: refused: there is space around its value", key))
			continue
		}
		for _, rules := range ruleSets {
			for _, r := range rules {
				prefix, isPrefix := strings.CutSuffix(r.key, "*")
				if r.key != name && (!isPrefix || !strings.HasPrefix(name, prefix)) {
					continue
				}
				// The value is not repeated: it may be a secret.
				if r.ok == nil || !r.ok(overrides[key]) {
					out = append(out, config.Problemf("Config", "%s: refused: %s", key, r.why))
				}
			}
		}
	}
	return out
}

// override sets the overrides, which were checked before.
func override(m kafka.ConfigMap, overrides map[string]string) {
	for key, value := range overrides {
		m[canonical(key)] = value
	}
}

func canonical(key string) string {
	if name, ok := propertyAliases[key]; ok {
		return name
	}
	// The client knows the properties of topics by this prefix too, but for a
	// few that are called so.
	if name, ok := strings.CutPrefix(key, "topic."); ok && !strings.HasPrefix(name, "metadata.") && name != "blacklist" {
		return "{topic}." + name
	}
	return key
}

func isTrue(v string) bool  { return oneOf("true", "1", "t")(v) }
func isFalse(v string) bool { return oneOf("false", "0", "f")(v) }

func oneOf(values ...string) func(string) bool {
	return func(v string) bool { return slices.Contains(values, strings.ToLower(v)) }
}

func without(text string) func(string) bool {
	return func(v string) bool { return !strings.Contains(v, text) }
}

func atLeast(least int) func(string) bool { return between(least, math.MaxInt32) }

// between accepts decimal numbers: the client takes 010 for 8.
func between(least, most int) func(string) bool {
	return func(v string) bool {
		n, err := strconv.Atoi(v)
		return err == nil && strconv.Itoa(n) == v && n >= least && n <= most
	}
}
