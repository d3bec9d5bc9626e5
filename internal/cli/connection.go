package cli

import (
	"strings"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/config"
	"github.com/eventcontracts/eventcontracts/internal/contexts"
	"github.com/eventcontracts/eventcontracts/internal/kafkaclient"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// connection is how to reach a cluster. To make one connects to nothing, so that a
// command can first look for mistakes that need no cluster.
type connection struct {
	kafkaconn.Connection

	session *kafkaclient.Session      // of all the command's clients but publish's producer
	timeout time.Duration             // of one answer, not of the command
	named   func(field string) string // what the user calls a field
	note    func(text string)         // tells the user what goes on
}

// connection takes the connection of a context or of the environment, never some of
// each, and then what flags say otherwise. Its errors are the user's to correct (exit
// code 2): no broker has been asked yet.
func (a *app) connection() (connection, error) {
	c := connection{timeout: a.kafka.timeout, note: func(text string) {
		a.note("%s", text)
	}}
	// Zero would be no wait at all, and not a wait without end.
	if c.timeout <= 0 {
		return c, usagef("--timeout %s: give a time above zero", c.timeout)
	}
	name, err := a.contextName()
	if err != nil {
		return c, err
	}
	var problems []error
	if name != "" {
		c.Connection, c.named, err = a.fromContext(name)
		if err != nil {
			return c, err
		}
	} else {
		c.Connection, problems = kafkaconn.ReadEnv(a.getenv)
		c.named = a.named
		c.SASL = a.tokenFromEnv(c.SASL)
	}
	a.kafka.override(&c.Connection)
	// Problems would name a field that is empty. Whoever has set nothing at all has to
	// hear of the ways to choose a cluster.
	if len(c.Brokers) == 0 && len(problems) == 0 && name == "" {
		return c, usagef("no brokers: give --brokers HOST:PORT, set %s, or choose a context (eventctl context --help); eventctl broker starts one", kafkaconn.Variable("Brokers"))
	}
	// Checked as a whole only now: a flag may have mended what the environment lacks.
	problems = append(problems, config.WithoutFollowUps(c.Problems(c.named), problems)...)
	if len(problems) > 0 {
		var texts []string
		for _, p := range problems {
			texts = append(texts, p.Error())
		}
		return c, usagef("%s", strings.Join(texts, "; "))
	}
	c.session = kafkaclient.NewSession(kafkaclient.SessionConfig{
		Cluster: kafkaclient.NewCluster(c.Connection, c.named), ClientID: "eventctl", Timeout: c.timeout, Notice: c.note,
	})
	return c, nil
}

// tokenFromEnv adds the token that is in a variable. Whether the mechanism takes one,
// Connection.Problems says.
func (a *app) tokenFromEnv(s *kafkaconn.SASL) *kafkaconn.SASL {
	text := a.getenv(tokenVariable)
	if text == "" {
		return s
	}
	if s == nil {
		s = &kafkaconn.SASL{}
	}
	s.Token = contexts.TokenOf(text)
	return s
}
