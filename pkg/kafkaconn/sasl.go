package kafkaconn

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/config"
)

// SASL authenticates the client: by Username and Password, or, with OAUTHBEARER,
// by Token or OIDC. It prints without what is secret, whatever the verb or
// encoding.
type SASL struct {
	// Mechanism is PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER.
	Mechanism string

	// OIDC lets the client get OAUTHBEARER's tokens from an identity provider by
	// itself.
	OIDC *OIDC

	// Password is that of PLAIN and SCRAM.
	Password string

	// Token gets OAUTHBEARER's tokens, such as those of MSK's IAM. It is called
	// when the client starts, when four fifths of a token's life are over, once a
	// day at least, and after a failure again, on a goroutine of its own and one
	// call at a time for each Producer and Consumer. Its ctx ends after 10 s and when the client
	// closes. Its errors are logged, so they must not hold a secret.
	Token func(ctx context.Context) (Token, error)

	// Username is that of PLAIN and SCRAM.
	Username string
}

// clone is a copy that shares nothing which can be changed.
func (s *SASL) clone() *SASL {
	out := *s
	if s.OIDC != nil {
		oidc := *s.OIDC
		oidc.Extensions = maps.Clone(s.OIDC.Extensions)
		out.OIDC = &oidc
	}
	return &out
}

// MechanismOAuth is the mechanism whose clients have tokens (KIP-255).
const MechanismOAuth = "OAUTHBEARER"

var saslMechanisms = []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", MechanismOAuth}

// problems lists what is wrong. It repeats no secret.
func (s *SASL) problems(name naming) []error {
	if s.Mechanism == MechanismOAuth {
		return s.tokenProblems(name)
	}
	var out []error
	mechanism := s.Mechanism
	if !slices.Contains(saslMechanisms, mechanism) {
		mechanism = "SASL"
	}
	if s.Mechanism == "" {
		out = append(out, config.Problemf(name("SASL.Mechanism"), "is empty: give one of %s", strings.Join(saslMechanisms, ", ")))
	} else if !slices.Contains(saslMechanisms, s.Mechanism) {
		out = append(out, config.Problemf(name("SASL.Mechanism"), "%q is not one of %s", s.Mechanism, strings.Join(saslMechanisms, ", ")))
	}
	if s.Token != nil {
		out = append(out, config.Problemf(name("SASL.Token"), "is for the mechanism %s alone", MechanismOAuth))
	}
	if s.OIDC != nil {
		out = append(out, config.Problemf(name("SASL.OIDC"), "is for the mechanism %s alone", MechanismOAuth))
	}
	if len(out) > 0 && (s.Token != nil || s.OIDC != nil) {
		return out
	}
	if s.Username == "" {
		out = append(out, config.Problemf(name("SASL.Username"), "is empty: %s needs a user", mechanism))
	}
	if s.Password == "" {
		out = append(out, config.Problemf(name("SASL.Password"), "is empty: %s needs a password", mechanism))
	}
	return out
}

func (s *SASL) tokenProblems(name naming) []error {
	var out []error
	if s.Username != "" || s.Password != "" {
		out = append(out, config.Problemf(name("SASL.Mechanism"), "%s has tokens: leave %s and %s out", MechanismOAuth, name("SASL.Username"), name("SASL.Password")))
	}
	switch {
	case s.Token == nil && s.OIDC == nil:
		out = append(out, config.Problemf(name("SASL.Mechanism"), "%s needs %s or %s", MechanismOAuth, name("SASL.Token"), name("SASL.OIDC")))
	case s.Token != nil && s.OIDC != nil:
		out = append(out, config.Problemf(name("SASL.Token")+" and "+name("SASL.OIDC"), "give one, not both"))
	case s.OIDC != nil:
		out = append(out, s.OIDC.problems(name)...)
	}
	return out
}

// apply sets the client's properties.
func (s *SASL) apply(m kafka.ConfigMap) {
	m["sasl.mechanisms"] = s.Mechanism
	if s.Mechanism != MechanismOAuth {
		m["sasl.username"] = s.Username
		m["sasl.password"] = s.Password
		return
	}
	if s.OIDC != nil {
		s.OIDC.apply(m)
	}
}

// user is how the client names itself, as far as the configuration tells.
func (s *SASL) user() string {
	switch {
	case s.OIDC != nil:
		return s.OIDC.ClientID
	default:
		return s.Username
	}
}

// String describes s without its secrets.
func (s SASL) String() string {
	switch {
	case s.OIDC != nil:
		return fmt.Sprintf("SASL %s by %s", s.Mechanism, s.OIDC)
	case s.Token != nil:
		return fmt.Sprintf("SASL %s by tokens (redacted)", s.Mechanism)
	}
	return fmt.Sprintf("SASL %s as %q (password redacted)", s.Mechanism, s.Username)
}

// Format prints String for every verb, so that no %+v shows a secret.
func (s SASL) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue is s without its secrets.
func (s SASL) LogValue() slog.Value {
	return slog.GroupValue(slog.String("mechanism", s.Mechanism), slog.String("username", s.user()))
}

// MarshalJSON is s without its secrets.
func (s SASL) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"mechanism": s.Mechanism, "username": s.user()})
}

// MarshalText is String, for the encodings that use it.
func (s SASL) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
