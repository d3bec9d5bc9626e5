package kafkaconn_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

func TestParseToken(t *testing.T) {
	t.Parallel()
	jwt := func(claims string) string {
		return "eyJhbGciOiJub25lIn0." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2lnbmVk"
	}
	token, err := kafkaconn.ParseToken("\t" + jwt(`{"sub":"orders","exp":4102444800,"aud":["kafka"]}`) + "\n")
	if err != nil {
		t.Fatal(err)
	}
	if token.Principal != "orders" || token.Expires.Unix() != 4102444800 || strings.ContainsAny(token.Value, "\t\n") {
		t.Errorf("a JWT is read as %q of %q until %s", token.Value, token.Principal, token.Expires)
	}
	for _, row := range []struct{ name, text, want string }{
		{"empty", "", "not a JWT"},
		{"opaque", "s3cret", "not a JWT"},
		{"claims that are no base64url", "a.s3cret*.c", "not a JWT: its second part"},
		{"claims that are no object", jwt(`["s3cret"]`), "not a JWT: its second part"},
		{"no end", jwt(`{"sub":"s3cret"}`), "no exp claim"},
		{"an end that is no time", jwt(`{"sub":"s3cret","exp":1e300}`), "no exp claim"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := kafkaconn.ParseToken(row.text)
			if err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("error %v, want one that says %q, and not the token", err, row.want)
			}
		})
	}
	if text := fmt.Sprintf("%v %+v %#v %s %d", token, token, &token, token, token); strings.Contains(text, "eyJ") {
		t.Errorf("the token is in %s", text)
	}
}

func TestConfig_TokensAndPasswords(t *testing.T) {
	t.Parallel()
	issue := func(context.Context) (kafkaconn.Token, error) { return kafkaconn.Token{}, nil }
	idp := kafkaconn.OIDC{TokenEndpoint: "https://idp.example.com/token", ClientID: "orders", ClientSecret: "s3cret"}
	with := func(change func(*kafkaconn.OIDC)) *kafkaconn.OIDC {
		o := idp
		change(&o)
		return &o
	}
	for _, row := range []struct {
		name string
		sasl kafkaconn.SASL
		want []string // all problems
	}{
		{"no way to get tokens", kafkaconn.SASL{Mechanism: "OAUTHBEARER"}, []string{"SASL.Mechanism: OAUTHBEARER needs SASL.Token or SASL.OIDC"}},
		{"two ways", kafkaconn.SASL{Mechanism: "OAUTHBEARER", Token: issue, OIDC: &idp}, []string{"SASL.Token and SASL.OIDC: give one, not both"}},
		{"a password too", kafkaconn.SASL{Mechanism: "OAUTHBEARER", Token: issue, Password: "s3cret"}, []string{"SASL.Mechanism: OAUTHBEARER has tokens"}},
		{"tokens of another mechanism", kafkaconn.SASL{Mechanism: "PLAIN", Token: issue}, []string{"SASL.Token is for the mechanism OAUTHBEARER alone"}},
		{"OIDC of another mechanism", kafkaconn.SASL{Mechanism: "PLAIN", OIDC: &idp}, []string{"SASL.OIDC is for the mechanism OAUTHBEARER alone"}},
		{"an empty OIDC", kafkaconn.SASL{Mechanism: "OAUTHBEARER", OIDC: &kafkaconn.OIDC{}}, []string{"SASL.OIDC.ClientID is empty: give", "SASL.OIDC.ClientSecret is empty: give", "SASL.OIDC.TokenEndpoint is empty: give"}},
		{
			"a secret in plaintext",
			kafkaconn.SASL{Mechanism: "OAUTHBEARER", OIDC: with(func(o *kafkaconn.OIDC) { o.TokenEndpoint = "http://idp.example.com/s3cret" })},
			[]string{"SASL.OIDC.TokenEndpoint must be https"},
		},
		{
			"a secret in the URL",
			kafkaconn.SASL{Mechanism: "OAUTHBEARER", OIDC: with(func(o *kafkaconn.OIDC) { o.TokenEndpoint = "https://a:s3cret@idp.example.com/" })},
			[]string{"SASL.OIDC.TokenEndpoint has a user in it"},
		},
		{
			"no URL",
			kafkaconn.SASL{Mechanism: "OAUTHBEARER", OIDC: with(func(o *kafkaconn.OIDC) { o.TokenEndpoint = "s3cret" })},
			[]string{"SASL.OIDC.TokenEndpoint is not a URL"},
		},
		{
			"an authority that is not there",
			kafkaconn.SASL{Mechanism: "OAUTHBEARER", OIDC: with(func(o *kafkaconn.OIDC) { o.CAFile = "gone.pem" })},
			[]string{"SASL.OIDC.CAFile: open gone.pem"},
		},
		{
			"extensions that would be read as others",
			kafkaconn.SASL{Mechanism: "OAUTHBEARER", OIDC: with(func(o *kafkaconn.OIDC) { o.Extensions = map[string]string{"a": "1,b=2"} })},
			[]string{`SASL.OIDC.Extensions: "a" and its value may not have`},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := eventbus.NewProducer(eventbus.ProducerConfig{Connection: kafkaconn.Connection{Brokers: []string{"localhost:1"}, SASL: &row.sasl}, Source: "x"})
			if !errors.Is(err, eventbus.ErrConfig) {
				t.Fatalf("NewProducer = %v, want ErrConfig", err)
			}
			for _, want := range row.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %v does not say %q", err, want)
				}
			}
			if got := max(1, strings.Count(err.Error(), "\n- ")); got != len(row.want) {
				t.Errorf("error %v has %d problems, want %d", err, got, len(row.want))
			}
			if strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the secret is in %v", err)
			}
		})
	}
}
