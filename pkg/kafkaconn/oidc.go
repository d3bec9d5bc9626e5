package kafkaconn

import (
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

	"github.com/eventcontracts/eventcontracts/internal/config"
)

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

func (o *OIDC) problems(name naming) []error {
	var out []error
	for _, f := range []struct{ field, value, give string }{
		{"SASL.OIDC.ClientID", o.ClientID, "the name by which the identity provider knows this client"},
		{"SASL.OIDC.ClientSecret", o.ClientSecret, "the secret that the identity provider gave this client"},
		{"SASL.OIDC.TokenEndpoint", o.TokenEndpoint, "the URL at which the identity provider issues tokens"},
	} {
		if f.value == "" {
			out = append(out, config.Problemf(name(f.field), "is empty: give %s", f.give))
		}
	}
	if err := checkEndpoint(o.TokenEndpoint); err != nil {
		out = append(out, config.Problemf(name("SASL.OIDC.TokenEndpoint"), "%w", err))
	}
	if o.CAFile != "" {
		out = append(out, authorityProblems(o.CAFile, name("SASL.OIDC.CAFile"))...)
	}
	for _, key := range slices.Sorted(maps.Keys(o.Extensions)) {
		if key == "" || strings.ContainsAny(key+o.Extensions[key], ",=\x00\x01") {
			out = append(out, config.Problemf(name("SASL.OIDC.Extensions"), "%q and its value may not have ',' and '='", key))
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
	case u.Scheme == "http" && !OnThisHost(u.Host):
		return errors.New("must be https: the client secret would be sent in plaintext")
	case u.RawQuery != "" || u.ForceQuery:
		return errors.New("has a query, which errors would show: give ClientID, ClientSecret and Scope")
	case u.User != nil:
		return errors.New("has a user in it: give ClientID and ClientSecret")
	}
	return nil
}

// apply sets the client's properties.
func (o *OIDC) apply(m kafka.ConfigMap) {
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
