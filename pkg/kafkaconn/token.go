package kafkaconn

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// Token authenticates a client by SASL OAUTHBEARER. It prints without Value and
// Extensions, whatever the verb or encoding.
type Token struct {
	// Value is the token as the broker gets it, such as a JWT.
	Value string

	// Expires is the end of its life: a new one is asked for before.
	Expires time.Time

	// Extensions are SASL extensions (KIP-342). Defaults to none.
	Extensions map[string]string

	// Principal is whom it names, for the client's log. Defaults to "token".
	Principal string
}

// KafkaToken calls Token, and gives what it returns as the Kafka client takes it.
func (s *SASL) KafkaToken(ctx context.Context) (kafka.OAuthBearerToken, error) {
	t, err := s.Token(ctx)
	return kafka.OAuthBearerToken{TokenValue: t.Value, Expiration: t.Expires, Principal: t.Principal, Extensions: t.Extensions}, err
}

// TokenFile gets tokens for SASL.Token from a file that holds a JWT and nothing
// else, and that something else renews, as Kubernetes does with a projected
// service account token. It is read whenever a token is needed; exp and sub of
// its claims say when that is and whom it names. The signature is the broker's
// to check.
func TokenFile(path string) func(context.Context) (Token, error) {
	return func(context.Context) (Token, error) {
		text, err := os.ReadFile(path)
		if err != nil {
			return Token{}, fmt.Errorf("read the token: %w", err)
		}
		t, err := ParseToken(string(text))
		if err != nil {
			return Token{}, fmt.Errorf("the token in %s: %w", path, err)
		}
		return t, nil
	}
}

// ParseToken is the Token of a JWT, for a SASL.Token that gets one: exp and sub
// of its claims say when it ends and whom it names. The signature is the broker's
// to check. Space around it is ignored, and its errors repeat nothing of it.
func ParseToken(jwt string) (Token, error) {
	value := strings.TrimSpace(jwt)
	parts := strings.Split(value, ".")
	if len(parts) != 3 {
		return Token{}, errors.New("not a JWT, which has three parts with dots between")
	}
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	var claims struct {
		Subject string  `json:"sub"`
		Expires float64 `json:"exp"`
	}
	if err == nil {
		err = json.Unmarshal(text, &claims)
	}
	if err != nil {
		return Token{}, errors.New("not a JWT: its second part is not base64url of JSON claims")
	}
	if claims.Expires <= 0 || claims.Expires > 1<<40 {
		return Token{}, errors.New("no exp claim, which says when the token ends")
	}
	return Token{Value: value, Expires: time.Unix(int64(claims.Expires), 0), Principal: claims.Subject}, nil
}

// String describes t without its value.
func (t Token) String() string {
	return fmt.Sprintf("token of %q until %s (redacted)", t.Principal, t.Expires.UTC().Format(time.RFC3339))
}

// Format prints String for every verb, so that no %+v shows the value.
func (t Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.String()) }

// LogValue is t without its value.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalJSON is t without its value.
func (t Token) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"principal": t.Principal, "expires": t.Expires.UTC().Format(time.RFC3339)})
}

// MarshalText is String, for the encodings that use it.
func (t Token) MarshalText() ([]byte, error) { return []byte(t.String()), nil }
