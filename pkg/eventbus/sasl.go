package eventbus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
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

// OIDC is how the client gets tokens from an identity provider: by the client
// credentials grant of OAuth 2.0. It prints without the secret.
type OIDC struct {
	// CAFile is a PEM file of the certificate authorities to trust at
	// TokenEndpoint instead of the system's.
	CAFile string

	ClientID     string
	ClientSecret string

	// Extensions are SASL extensions (KIP-342), such as Confluent Cloud's
	// logicalCluster and identityPoolId. They are not secret. Defaults to none.
	Extensions map[string]string

	// Scope of the token that is asked for. Defaults to the provider's own.
	Scope string

	// TokenEndpoint is the provider's URL that gives tokens.
	TokenEndpoint string
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

const mechanismOAuth = "OAUTHBEARER"

var saslMechanisms = []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", mechanismOAuth}

// problems lists what is wrong. It repeats no secret.
func (s *SASL) problems(name naming) []error {
	if s.Mechanism == mechanismOAuth {
		return s.tokenProblems(name)
	}
	var out []error
	mechanism := s.Mechanism
	if !slices.Contains(saslMechanisms, mechanism) {
		mechanism = "SASL"
	}
	if s.Mechanism == "" {
		out = append(out, configProblem(name("SASL.Mechanism"), "is empty: give one of %s", strings.Join(saslMechanisms, ", ")))
	} else if !slices.Contains(saslMechanisms, s.Mechanism) {
		out = append(out, configProblem(name("SASL.Mechanism"), "%q is not one of %s", s.Mechanism, strings.Join(saslMechanisms, ", ")))
	}
	if s.Token != nil {
		out = append(out, configProblem(name("SASL.Token"), "is for the mechanism %s alone", mechanismOAuth))
	}
	if s.OIDC != nil {
		out = append(out, configProblem(name("SASL.OIDC"), "is for the mechanism %s alone", mechanismOAuth))
	}
	if len(out) > 0 && (s.Token != nil || s.OIDC != nil) {
		return out
	}
	if s.Username == "" {
		out = append(out, configProblem(name("SASL.Username"), "is empty: %s needs a user", mechanism))
	}
	if s.Password == "" {
		out = append(out, configProblem(name("SASL.Password"), "is empty: %s needs a password", mechanism))
	}
	return out
}

func (s *SASL) tokenProblems(name naming) []error {
	var out []error
	if s.Username != "" || s.Password != "" {
		out = append(out, configProblem(name("SASL.Mechanism"), "%s has tokens: leave %s and %s out", mechanismOAuth, name("SASL.Username"), name("SASL.Password")))
	}
	switch {
	case s.Token == nil && s.OIDC == nil:
		out = append(out, configProblem(name("SASL.Mechanism"), "%s needs %s or %s", mechanismOAuth, name("SASL.Token"), name("SASL.OIDC")))
	case s.Token != nil && s.OIDC != nil:
		out = append(out, configProblem(name("SASL.Token")+" and "+name("SASL.OIDC"), "give one, not both"))
	case s.OIDC != nil:
		out = append(out, s.OIDC.problems(name)...)
	}
	return out
}

func (o *OIDC) problems(name naming) []error {
	var out []error
	for _, f := range []struct{ field, value, give string }{
		{"SASL.OIDC.ClientID", o.ClientID, "the name by which the identity provider knows this client"},
		{"SASL.OIDC.ClientSecret", o.ClientSecret, "the secret that the identity provider gave this client"},
		{"SASL.OIDC.TokenEndpoint", o.TokenEndpoint, "the URL at which the identity provider issues tokens"},
	} {
		if f.value == "" {
			out = append(out, configProblem(name(f.field), "is empty: give %s", f.give))
		}
	}
	if err := checkEndpoint(o.TokenEndpoint); err != nil {
		out = append(out, configProblem(name("SASL.OIDC.TokenEndpoint"), "%w", err))
	}
	if o.CAFile != "" {
		out = append(out, (&TLS{CAFile: o.CAFile}).problems(func(string) string { return name("SASL.OIDC.CAFile") })...)
	}
	for _, key := range slices.Sorted(maps.Keys(o.Extensions)) {
		if key == "" || strings.ContainsAny(key+o.Extensions[key], ",=\x00\x01") {
			out = append(out, configProblem(name("SASL.OIDC.Extensions"), "%q and its value may not have ',' and '='", key))
		}
	}
	return out
}

// checkEndpoint does not repeat the URL, which may hold a secret.
func checkEndpoint(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	u, err := url.Parse(endpoint)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("is not a URL like https://idp.example.com/token")
	case u.Scheme == "http" && !localBroker(u.Host):
		return errors.New("must be https: the client secret would be sent in plaintext")
	case u.RawQuery != "" || u.ForceQuery:
		return errors.New("has a query, which errors would show: give ClientID, ClientSecret and Scope")
	case u.User != nil:
		return errors.New("has a user in it: give ClientID and ClientSecret")
	}
	return nil
}

// apply sets the client's properties.
func (s *SASL) apply(m kafka.ConfigMap) {
	m["sasl.mechanisms"] = s.Mechanism
	if s.Mechanism != mechanismOAuth {
		m["sasl.username"] = s.Username
		m["sasl.password"] = s.Password
		return
	}
	if o := s.OIDC; o != nil {
		var extensions []string
		for _, key := range slices.Sorted(maps.Keys(o.Extensions)) {
			extensions = append(extensions, key+"="+o.Extensions[key])
		}
		m["sasl.oauthbearer.method"] = "oidc"
		setGiven(m, map[string]string{
			"sasl.oauthbearer.client.id":          o.ClientID,
			"sasl.oauthbearer.client.secret":      o.ClientSecret,
			"sasl.oauthbearer.token.endpoint.url": o.TokenEndpoint,
			"sasl.oauthbearer.scope":              o.Scope,
			"sasl.oauthbearer.extensions":         strings.Join(extensions, ","),
			"https.ca.location":                   o.CAFile,
		})
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

// String describes o without its secret.
func (o OIDC) String() string {
	return fmt.Sprintf("OIDC as %q (secret redacted)", o.ClientID)
}

// Format prints String for every verb, so that no %+v shows the secret.
func (o OIDC) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, o.String()) }

// LogValue is o without its secret.
func (o OIDC) LogValue() slog.Value { return slog.StringValue(o.String()) }

// MarshalJSON is o without its secret.
func (o OIDC) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"client_id": o.ClientID})
}

// MarshalText is String, for the encodings that use it.
func (o OIDC) MarshalText() ([]byte, error) { return []byte(o.String()), nil }
