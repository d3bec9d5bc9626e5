package kafkaconn

import (
	"strings"
	"testing"
)

func TestTokenEndpointHasNoQuery(t *testing.T) {
	t.Parallel()
	if err := checkEndpoint("https://idp.example.com/token?code=s3cret"); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("%v, want a refusal that does not repeat it", err)
	}
	if err := checkEndpoint("https://idp.example.com/token"); err != nil {
		t.Error(err)
	}
}
