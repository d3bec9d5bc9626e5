package token

import (
	"testing"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

func TestTokenHidesItsSecretsAndNothingElse(t *testing.T) {
	t.Parallel()
	tok := kafka.OAuthBearerToken{TokenValue: "the-token", Extensions: map[string]string{"a": "e", "cluster": "lkc-1234", "longer": "lkc-1234-and-more"}}
	got := hide("Invalid extension lkc-1234-and-more, lkc-1234 of the-token", tok)
	if want := "Invalid extension [redacted], [redacted] of [redacted]"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
