package kafkaclient

import (
	"context"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/diagnose"
	"github.com/eventcontracts/eventcontracts/internal/token"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// Cluster is a connection as the clients of one producer, consumer or command
// share it: its properties, its tokens, and what errors call its fields.
type Cluster struct {
	// The connection is behind a func because producers and consumers keep the
	// Cluster, and whatever prints one of those finds what is in it: fmt follows
	// pointers for verbs like %s, and calls no method of what is not exported.
	conn    func() kafkaconn.Connection
	subject string        // of the client certificate, if it names the principal
	tokens  *token.Source // nil without SASL.Token
	name    func(field string) string
}

// NewCluster keeps a copy of conn: the caller may wipe its own. name is what the
// user knows a field by, as for [kafkaconn.Connection.Problems]; nil for the
// fields' names.
func NewCluster(conn kafkaconn.Connection, name func(field string) string) *Cluster {
	own := conn.Clone()
	c := &Cluster{conn: func() kafkaconn.Connection { return own }, name: name}
	switch {
	case own.SASL != nil:
		if own.SASL.Token != nil {
			c.tokens = token.NewSource(own.SASL.KafkaToken)
		}
	case own.TLS != nil && own.TLS.CertFile != "":
		c.subject = diagnose.Subject(own.TLS.CertFile) // now: later it is asked where nothing may block
	}
	return c
}

// Brokers are the cluster's first addresses.
func (c *Cluster) Brokers() []string { return c.conn().Brokers }

// Tokens are those of all clients; nil if none are needed.
func (c *Cluster) Tokens() *token.Source { return c.tokens }

// Named is what the user knows a field by.
func (c *Cluster) Named(field string) string {
	if c.name == nil {
		return field
	}
	return c.name(field)
}

// apply sets the connection's properties.
func (c *Cluster) apply(m kafka.ConfigMap) {
	for key, value := range c.conn().Properties() {
		m[key] = value
	}
}

// Identity is how the clients present themselves, by which errors are explained.
func (c *Cluster) Identity() diagnose.Client {
	conn := c.conn()
	out := diagnose.Client{Brokers: conn.Brokers, Subject: c.subject, Name: func(field string) string { return c.Named(qualified(field)) }}
	if t := conn.TLS; t != nil {
		out.TLS, out.CAFile, out.CertFile, out.KeyFile = true, t.CAFile, t.CertFile, t.KeyFile
	}
	if s := conn.SASL; s != nil {
		out.Mechanism, out.User, out.OIDC = s.Mechanism, s.Username, s.OIDC != nil
		if s.Mechanism == kafkaconn.MechanismOAuth {
			out.Token = c.tokens.Principal
		}
	}
	return out
}

// qualified is the name of a field that package diagnose calls by its last part.
func qualified(field string) string {
	switch field {
	case "CAFile", "CertFile":
		return "TLS." + field
	case "OIDC":
		return "SASL." + field
	}
	return field
}

// Denied explains err if it is a missing right: op on a topic, or as a member of
// a group, of which one may be "". Other errors it returns as they are.
func (c *Cluster) Denied(err error, op kafka.ACLOperation, topic, group string) error {
	return c.Identity().Denied(err, op, topic, group)
}

// Authenticate gives a client its first token, if it needs one, and further ones
// until stop is called, which must be before the client's Close: a token beside
// the destruction would use freed memory.
func (c *Cluster) Authenticate(ctx context.Context, client token.Client) (stop func(), err error) {
	if c.tokens == nil {
		return func() {}, nil
	}
	return c.tokens.ServeFirst(ctx, client)
}
