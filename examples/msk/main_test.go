package main

import (
	"encoding/base64"
	"net/url"
	"testing"
	"time"
)

// The token is a signed URL of the action that MSK asks for, made without a
// network from credentials in the environment.
func TestToken(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	token, err := iam("eu-central-1")(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Until(token.Expires); left < 14*time.Minute || left > 16*time.Minute {
		t.Errorf("the token ends in %s", left)
	}
	text, err := base64.RawURLEncoding.DecodeString(token.Value)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if u.Host != "kafka.eu-central-1.amazonaws.com" || u.Query().Get("Action") != "kafka-cluster:Connect" || u.Query().Get("X-Amz-Signature") == "" {
		t.Errorf("the token is of %s with %v", u.Host, u.Query())
	}
}
