package eventbus_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"google.golang.org/protobuf/proto"

	reminderv1 "github.com/eventcontracts/eventcontracts/gen/events/reminder/v1"
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

func TestConfig_AllProblemsAtOnceByFieldName(t *testing.T) {
	t.Parallel()
	_, err := eventbus.NewProducer(eventbus.ProducerConfig{
		Connection:     kafkaconn.Connection{Brokers: []string{"kafka.example.com:9092", "a:1,b:2", "https://x"}, SASL: &kafkaconn.SASL{Mechanism: "GSSAPI"}},
		CloseTimeout:   -1,
		ConnectTimeout: -1,
		MessageTimeout: -1,
		Linger:         time.Hour,
		MaxRecordBytes: -1,
		Config:         map[string]string{"acks": "1", "enable.idempotence": "false"},
		Events:         []proto.Message{(*todov1.TodoCreated)(nil), nil, producerMessage(t, "Ping")},
	})
	if !errors.Is(err, eventbus.ErrConfig) {
		t.Fatalf("NewProducer = %v, want ErrConfig", err)
	}
	for _, want := range []string{
		"\n- Brokers: \"a:1,b:2\"", "\n- Brokers: \"https://x\"", "\n- Brokers: kafka.example.com:9092 is not on this host: set TLS, or Insecure",
		"\n- CloseTimeout: ", "\n- ConnectTimeout: ", "\n- MessageTimeout: ", "\n- Linger: ", "\n- MaxRecordBytes: ",
		"\n- Config: acks: refused: ", "\n- Config: enable.idempotence: refused: ",
		"\n- Events: element 1: ", "\n- Events: element 2: ",
		"\n- SASL.Mechanism: ", "\n- SASL.Username is empty: SASL needs a user", "\n- SASL.Password is empty: ", "\n- Source is empty: ",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
	if _, err := eventbus.NewProducer(eventbus.ProducerConfig{Source: "x"}); !errors.Is(err, eventbus.ErrConfig) || !strings.Contains(err.Error(), "Brokers: ") {
		t.Errorf("without brokers: %v", err)
	}
	two := []proto.Message{(*todov1.TodoCreated)(nil), (*todov2.TodoCreated)(nil)}
	b, _ := producerLinked(t)
	producerOn(t, b, func(c *eventbus.ProducerConfig) { c.Events = two[:1] })
}

// They were joined without the list that other problems have.
func TestConfig_EveryMissingTopicIsOneProblem(t *testing.T) {
	t.Parallel()
	b, err := broker.Start(broker.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	_, err = eventbus.NewProducer(eventbus.ProducerConfig{
		Connection: kafkaconn.Connection{Brokers: b.Addrs()}, Source: "test", Logger: slog.New(slog.DiscardHandler),
		Events: []proto.Message{(*todov1.TodoCreated)(nil), (*reminderv1.ReminderCreated)(nil)},
	})
	for _, topic := range []string{"todos", "reminders"} {
		if want := "\n- Events: topic \"" + topic + "\" does not exist: "; !errors.Is(err, eventbus.ErrConfig) || !strings.Contains(err.Error(), want) {
			t.Errorf("NewProducer = %v, want ErrConfig and %q", err, want)
		}
	}
}

func TestG6_OverridesThatBreakAGuaranteeAreRefused(t *testing.T) {
	t.Parallel()
	b := producerBroker(t, event.Linked(), nil)
	refused := map[string]string{
		"enable.idempotence": "false", "acks": "1", "request.required.acks": "0", "max.in.flight": "6", "max.in.flight.requests.per.connection": "0",
		"partitioner": "consistent_random", "queuing.strategy": "lifo", "transactional.id": "x", "delivery.report.only.error": "true",
		"linger.ms": "5", "queue.buffering.max.ms": "5", "message.timeout.ms": "0", "delivery.timeout.ms": "1", "message.max.bytes": "9", "batch.size": "9",
		"queue.buffering.max.messages": "1", "queue.buffering.max.kbytes": "1", "go.batch.producer": "true", "go.delivery.reports": "false", "go.events.channel.size": "0",
		"go.produce.channel.size": "1", "go.logs.channel.enable": "false", "bootstrap.servers": "x", "metadata.broker.list": "x", "security.protocol": "plaintext",
		"sasl.mechanism": "PLAIN", "sasl.mechanisms": "PLAIN", "sasl.username": "x", "sasl.password": "x", "sasl.oauthbearer.config": "x", "ssl.key.password": "x", "ssl.key.pem": "x", "ssl.keystore.password": "x",
		"ssl.ca.location": "x", "enable.ssl.certificate.verification": "false", "ssl.endpoint.identification.algorithm": "none",
		"allow.auto.create.topics": "true", "log.connection.close": "false", "socket.max.fails": "0", "plugin.library.paths": "x",
		"topic.metadata.propagation.max.ms": "60000", "{topic}.acks": "0", "topic.acks": "1", "topic.partitioner": "random", "debug": "all ",
	}
	for key, value := range refused {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			cfg := producerConfig(b)
			cfg.Config = map[string]string{key: value}
			_, err := eventbus.NewProducer(cfg)
			if !errors.Is(err, eventbus.ErrConfig) || !strings.Contains(err.Error(), "Config: "+key+": refused: ") {
				t.Errorf("%s=%s: %v, want a refusal with its reason", key, value, err)
			}
		})
	}
	rows := map[string]map[string]string{
		"two names of one property": {"max.in.flight": "1", "max.in.flight.requests.per.connection": "2"},
		"no property":               {"no.such.property": "1"},
	}
	for name, config := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := producerConfig(b)
			cfg.Config = config
			if _, err := eventbus.NewProducer(cfg); !errors.Is(err, eventbus.ErrConfig) || !strings.Contains(err.Error(), "configuration: Config: ") {
				t.Errorf("%v: %v, want ErrConfig that names the field", config, err)
			}
		})
	}
	t.Run("harmless overrides", func(t *testing.T) {
		t.Parallel()
		p := producerOn(t, b, func(c *eventbus.ProducerConfig) {
			c.Config = map[string]string{
				"compression.type": "none", "acks": "-1", "enable.idempotence": "true", "max.in.flight": "1", "client.id": "mine", "retries": "1000",
				"partitioner": "murmur2_random", "socket.keepalive.enable": "true", "statistics.interval.ms": "0",
			}
		})
		if _, err := p.Publish(producerCtx(t, time.Minute), producerTodo(1)); err != nil {
			t.Error(err)
		}
	})
}

// As the broker sees it, and, for what it cannot see, as the client says it runs.
func TestP6_AcksAllIdempotentAndAtMostFiveInFlight(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := &producerLocked{w: &out}
	b, p := producerLinked(t, func(c *eventbus.ProducerConfig) {
		c.Config = map[string]string{"debug": "conf"}
		c.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	var bad atomic.Int64
	b.Cluster().ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		r := req.(*kmsg.ProduceRequest)
		for _, topic := range r.Topics {
			for _, partition := range topic.Partitions {
				var batch kmsg.RecordBatch
				if err := batch.ReadFrom(partition.Records); err != nil || batch.ProducerID < 0 || r.Acks != -1 {
					bad.Add(1)
				}
			}
		}
		return nil, nil, false
	})
	ctx := producerCtx(t, time.Minute)
	for i := range 5 {
		if _, err := p.Publish(ctx, producerTodo(i)); err != nil {
			t.Fatal(err)
		}
	}
	if bad.Load() > 0 {
		t.Error("a batch was sent without a producer id, or not to all in-sync replicas")
	}
	if err := p.Close(ctx); err != nil { // the log is complete
		t.Fatal(err)
	}
	for _, want := range []string{
		"max.in.flight.requests.per.connection = 5", "enable.idempotence = true", "request.required.acks = -1", "partitioner = murmur2_random",
		"allow.auto.create.topics = false", "message.timeout.ms = 120000", "topic.metadata.refresh.interval.ms = 30000",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the client does not run with %s", want)
		}
	}
}

func TestStart_BrokerDown(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never answers
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	for name, addr := range map[string]string{"nobody listens": "127.0.0.1:1", "nobody answers": silent.Addr().String()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			_, err := eventbus.NewProducer(eventbus.ProducerConfig{
				Connection: kafkaconn.Connection{Brokers: []string{addr}}, Source: "x", ConnectTimeout: time.Second, Logger: slog.New(slog.DiscardHandler),
			})
			took := time.Since(start)
			if !errors.Is(err, eventbus.ErrConfig) {
				t.Fatalf("NewProducer = %v, want ErrConfig", err)
			}
			for _, want := range []string{"Brokers: no answer from " + addr + " within ", "check the addresses"} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v does not say %q", err, want)
				}
			}
			// The default is 10 s; a busy machine adds to the 1 s that is given here.
			if took < 900*time.Millisecond || took > 8*time.Second {
				t.Errorf("it took %s, want about the connect timeout of 1 s", took)
			}
		})
	}
}

func TestStart_MissingTopicsAreNamedTogether(t *testing.T) {
	t.Parallel()
	b, err := broker.Start(broker.Config{Topics: []broker.Topic{{Name: "analytics"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	cfg := producerConfig(b)
	cfg.Events = []proto.Message{(*todov1.TodoCreated)(nil), (*todov1.TodoDeleted)(nil), (*reminderv1.ReminderCreated)(nil)}
	_, err = eventbus.NewProducer(cfg)
	if !errors.Is(err, eventbus.ErrConfig) {
		t.Fatalf("NewProducer = %v, want ErrConfig", err)
	}
	for _, topic := range []string{"todos", "reminders"} {
		if want := fmt.Sprintf("Events: topic %q does not exist: create it with eventctl topics apply", topic); strings.Count(err.Error(), want) != 1 {
			t.Errorf("%v does not say %q once", err, want)
		}
	}
}

// P1: the client's batches are below the smallest limit, the cluster's or the
// contracts'.
func TestP1_BatchesStayBelowTheTopicsLimits(t *testing.T) {
	t.Parallel()
	orders, small := producerMessage(t, "OrderPlaced"), producerMessage(t, "SmallThing")
	rows := map[string]struct {
		events  []proto.Message
		cluster string
		most    int
	}{
		"the contract's":            {[]proto.Message{small}, "1000000", 4096},
		"the cluster's, lower":      {[]proto.Message{small}, "2048", 2048},
		"not that of other topics":  {[]proto.Message{orders}, "2048", 1_000_000},
		"all contracts' by default": {nil, "2048", 4096},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, p := producerShopOn(t, map[string]string{"small/max.message.bytes": row.cluster}, func(c *eventbus.ProducerConfig) { c.Events = row.events })
			if got := p.Stats().BatchBytes; got > row.most || got < row.most/2 {
				t.Errorf("batches have up to %d bytes, want below %d", got, row.most)
			}
		})
	}
}

const producerCanary = "c4n4ry-s3cret"

func TestConfig_PasswordsAreNeverPrinted(t *testing.T) {
	t.Parallel()
	sasl := &kafkaconn.SASL{Mechanism: "PLAIN", Username: "svc-todo", Password: producerCanary}
	cfg := eventbus.ProducerConfig{Connection: kafkaconn.Connection{Brokers: []string{"127.0.0.1:1"}, SASL: sasl}, Source: "x", ConnectTimeout: 300 * time.Millisecond}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{sasl, *sasl, cfg, &cfg, []any{cfg, sasl}, map[string]any{"sasl": *sasl}} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	for _, v := range []any{sasl, *sasl, map[string]any{"sasl": sasl}} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(text)
	}
	text, err := xml.Marshal(sasl)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(text)
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("config", "sasl", sasl, "value", *sasl, "cfg", cfg, "group", slog.GroupValue(slog.Any("sasl", sasl)))
	}
	// What the client logs at its most talkative, and what it fails with.
	cfg.Config = map[string]string{"debug": "all"}
	cfg.Logger = slog.New(slog.NewTextHandler(&producerLocked{w: &out}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	_, err = eventbus.NewProducer(cfg)
	if err == nil {
		t.Fatal("a producer without a broker was made")
	}
	got := out.String() + err.Error()
	if strings.Contains(got, producerCanary) || strings.Contains(got, fmt.Sprintf("%x", producerCanary)) {
		t.Errorf("the password is in %s", got)
	}
	if !strings.Contains(got, "svc-todo") {
		t.Error("nothing was printed")
	}
}

// producerLocked is a writer for loggers that other goroutines use.
type producerLocked struct {
	mu sync.Mutex
	w  *bytes.Buffer
}

func (l *producerLocked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

func TestSecurity_TLSAndSASL(t *testing.T) {
	t.Parallel()
	ca, server := producerCertificate(t)
	r := event.Linked()
	b := producerBroker(t, r, nil, kfake.TLS(server), kfake.EnableSASL(), kfake.Superuser("PLAIN", "svc", producerCanary))
	other, _ := producerCertificate(t)
	dir := t.TempDir()
	good, wrong := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "other.pem")
	producerWrite(t, good, ca)
	producerWrite(t, wrong, other)
	cfg := producerConfig(b)
	cfg.Connection.TLS = &kafkaconn.TLS{CAFile: good}
	cfg.Connection.SASL = &kafkaconn.SASL{Mechanism: "PLAIN", Username: "svc", Password: producerCanary}
	cfg.Events = []proto.Message{(*todov1.TodoCreated)(nil)}
	p, err := eventbus.NewProducer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx := producerCtx(t, time.Minute)
	if _, err := p.Publish(ctx, producerTodo(1)); err != nil {
		t.Error(err)
	}
	if err := p.Close(ctx); err != nil {
		t.Error(err)
	}
	rows := []struct {
		name   string
		change func(*eventbus.ProducerConfig)
		want   string
	}{
		{
			"another authority", func(c *eventbus.ProducerConfig) { c.Connection.TLS = &kafkaconn.TLS{CAFile: wrong} },
			"TLS.CAFile: the certificate of broker " + b.Addr() + " is not signed by an authority in TLS.CAFile " + wrong,
		},
		{
			"plaintext", func(c *eventbus.ProducerConfig) { c.Connection.TLS = nil },
			"TLS: broker " + b.Addr() + " speaks TLS, and the client does not",
		},
		{
			// The embedded broker closes the connection without a word.
			"wrong password", func(c *eventbus.ProducerConfig) {
				c.ConnectTimeout = 2 * time.Second
				c.Connection.SASL = &kafkaconn.SASL{Mechanism: "PLAIN", Username: "svc", Password: producerCanary + "x"}
			},
			"check the addresses, that the cluster runs, and the TLS and SASL settings",
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			cfg := cfg
			row.change(&cfg)
			start := time.Now()
			_, err := eventbus.NewProducer(cfg)
			if !errors.Is(err, eventbus.ErrConfig) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("NewProducer = %v, want ErrConfig that says %q", err, row.want)
			}
			if strings.Contains(fmt.Sprint(err), producerCanary) {
				t.Errorf("the password is in %v", err)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestConfig_TLSIsRequiredOutsideThisHost(t *testing.T) {
	t.Parallel()
	rows := map[string]bool{ // whether plaintext is refused
		"localhost:9092": false, "LOCALHOST": false, "127.0.0.1:9092": false, "127.8.8.8:9092": false, "[::1]:9092": false, "::1": false,
		"kafka:9092": true, "10.0.0.1:9092": true, "localhost.example.com:9092": true, "0.0.0.0:9092": true, "[2001:db8::1]:9092": true,
	}
	got := map[string]bool{}
	for addr := range rows {
		// Without a source nothing is connected to.
		_, err := eventbus.NewProducer(eventbus.ProducerConfig{Connection: kafkaconn.Connection{Brokers: []string{addr}}})
		got[addr] = strings.Contains(fmt.Sprint(err), "Brokers: "+addr+" is not on this host")
		if _, err := eventbus.NewProducer(eventbus.ProducerConfig{Connection: kafkaconn.Connection{Brokers: []string{addr}, Insecure: true}}); strings.Contains(fmt.Sprint(err), "TLS") {
			t.Errorf("%s with Insecure: %v", addr, err)
		}
	}
	if diff := cmp.Diff(rows, got); diff != "" {
		t.Errorf("plaintext is refused (-want +got):\n%s", diff)
	}
}
