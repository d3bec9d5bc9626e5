package kafkaclient

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/suggest"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// SessionConfig says how a Session asks. Cluster is required.
type SessionConfig struct {
	ClientID string // client.id. Defaults to librdkafka's
	Cluster  *Cluster
	Timeout  time.Duration // the longest wait for one answer. Defaults to 10 s

	// Notice tells the user what goes on while they wait. Defaults to telling
	// nobody.
	Notice func(text string)
}

// Session is a cluster as a program asks it for which somebody waits, such as a
// command: each question ends by itself, and its error says what to check. Its
// clients are an [Admin], a [Reader] and a [Sender], which the program opens as it
// needs them. It is safe for concurrent use.
type Session struct {
	SessionConfig

	once sync.Once
	err  error // of Reach
}

// NewSession makes a Session. It connects to nothing.
func NewSession(cfg SessionConfig) *Session {
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultConnectTimeout
	}
	if cfg.Notice == nil {
		cfg.Notice = func(string) {}
	}
	return &Session{SessionConfig: cfg}
}

// Reach waits for a broker's answer, before anything is asked: its error says what
// is wrong with the connection, where a request just times out. It asks once; all
// further calls return the same.
func (s *Session) Reach(ctx context.Context) error {
	s.once.Do(func() {
		if s.err = s.firstToken(ctx); s.err != nil {
			return
		}
		if s.err = s.refusedHere(ctx); s.err != nil {
			return
		}
		ctx, cancel := s.Bounded(ctx)
		defer cancel()
		s.err = s.Cluster.Ping(ctx)
	})
	return s.err
}

// firstToken asks for a token before a client does, which would ask again after a
// failure, and give up when the timeout may not be over: a person may have to log
// in meanwhile.
func (s *Session) firstToken(ctx context.Context) error {
	conn := s.Cluster.conn()
	if conn.SASL == nil || conn.SASL.Token == nil {
		return nil
	}
	ctx, cancel := s.Bounded(ctx)
	defer cancel()
	if _, err := conn.SASL.Token(ctx); err != nil {
		return fmt.Errorf("get a token: %s: %w", s.Cluster.Named("SASL.Token"), err)
	}
	return nil
}

// Bounded is ctx with the timeout of one question.
func (s *Session) Bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.Timeout)
}

// milliseconds are the timeout as librdkafka takes it.
func (s *Session) milliseconds() int { return int(s.Timeout.Milliseconds()) }

// properties are those of a client for which somebody waits.
func (s *Session) properties(more kafka.ConfigMap) *kafka.ConfigMap {
	m := kafka.ConfigMap{
		"allow.auto.create.topics": false,
		"enable.metrics.push":      false,
		// The client writes connection errors to stderr by itself otherwise; the
		// program reports what it could not do instead.
		"log_level": 0,
	}
	if s.ClientID != "" {
		m["client.id"] = s.ClientID
	}
	for key, value := range s.impatient() {
		m[key] = value
	}
	s.Cluster.apply(m)
	for key, value := range more {
		m[key] = value
	}
	return &m
}

// impatient are the properties by which a client tries sooner, and gives up sooner,
// than one of a service.
func (s *Session) impatient() map[string]string {
	return map[string]string{
		"reconnect.backoff.max.ms": "1000", // the default of 10 s is long to look at
		// librdkafka takes 10 ms at least; below 1 s a slow broker would be lost.
		"socket.timeout.ms": fmt.Sprint(max(s.milliseconds(), 1000)),
	}
}

// authenticate gives a client its tokens until stop is called, before its close.
func (s *Session) authenticate(ctx context.Context, client kafkaconn.Client) (stop func(), err error) {
	ctx, cancel := s.Bounded(ctx)
	defer cancel()
	return s.Cluster.Authenticate(ctx, client)
}

// unreachable are the codes of a cluster, or a broker, that does not answer.
var unreachable = []kafka.ErrorCode{kafka.ErrTransport, kafka.ErrTimedOut, kafka.ErrAllBrokersDown, kafka.ErrResolve}

// Failed explains the error of a question; doing says what was asked.
func (s *Session) Failed(doing string, err error) error {
	if ke := (kafka.Error{}); errors.As(err, &ke) && slices.Contains(unreachable, ke.Code()) {
		return fmt.Errorf("%w: %w", s.noAnswer(doing), err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// denied explains a right that is missing, which says by itself what was to be done
// to the topic, and other errors as Failed does.
func (s *Session) denied(doing string, err error, op kafka.ACLOperation, topic string) error {
	if why := s.Cluster.Denied(err, op, topic, ""); !errors.Is(err, why) {
		return why
	}
	return s.Failed(doing, err)
}

func (s *Session) noAnswer(doing string) error {
	return fmt.Errorf("%s: no answer from %s within %s: check the address, that the broker runs, and TLS and SASL settings", doing, strings.Join(s.Cluster.Brokers(), ","), s.Timeout)
}

// missingTopic explains a topic that the cluster does not have, with the one that
// was probably meant.
func (s *Session) missingTopic(m MetadataClient, topic string) error {
	md, err := m.GetMetadata(nil, true, s.milliseconds())
	if err != nil { // then the topic alone is what there is to say
		return fmt.Errorf("%w, if the contracts declare it", MissingTopic(topic))
	}
	var meant []string
	for name := range md.Topics {
		// A dead-letter topic is not meant for another kind, nor one that a group
		// has beside the very topic.
		if (!topicname.IsDeadLetter(topic) || topicname.IsDeadLetter(name)) && !strings.HasPrefix(name, topic+".") {
			meant = append(meant, name)
		}
	}
	slices.Sort(meant)
	if near := suggest.Near(topic, meant); len(near) > 0 {
		return fmt.Errorf("topic %q does not exist: did you mean %s? (eventctl topics apply creates those of the contracts)", topic, strings.Join(near, " or "))
	}
	return fmt.Errorf("%w, if the contracts declare it", MissingTopic(topic))
}
