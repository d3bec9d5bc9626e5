package codec_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/test/codec/stale"
)

// Whoever generates the types and forgets the codecs loses speed, and no field and no rule.
func TestACodecOfAnotherContractIsNotUsed(t *testing.T) {
	t.Parallel()
	msg := &stale.Stale{Id: eventID, Title: "t", Added: proto.String("later")}
	rec, err := event.Encode(context.Background(), msg)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(rec.Value), `"added":"later"`) {
		t.Errorf("a field that the codec does not know is lost: %s", rec.Value)
	}
	if _, got, err := event.Decode(rec); err != nil || !proto.Equal(msg, got) {
		t.Errorf("read as %v, %v", got, err)
	}
	if _, err := event.Encode(context.Background(), &stale.Stale{Id: eventID}); !errors.Is(err, event.ErrInvalid) {
		t.Errorf("a rule that the codec does not know is not kept: %v", err)
	}
}

// A file of another version of the generator does not compile, and the line before says
// what to do.
func TestACodecOfAnotherVersionDoesNotCompile(t *testing.T) {
	t.Parallel()
	name, err := filepath.Abs("stale/stale.event.go")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	at := 0
	for i, l := range lines {
		if l == "const _ = eventrt.Version1" {
			lines[i], at = "const _ = eventrt.Version0", i
		}
	}
	if at == 0 || !strings.Contains(lines[at-1], "buf generate or eventctl generate") {
		t.Fatalf("no comment says what to do:\n%s", text)
	}
	dir := t.TempDir()
	other := filepath.Join(dir, "other.go")
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{name: other}})
	if err == nil {
		err = errors.Join(os.WriteFile(other, []byte(strings.Join(lines, "\n")), 0o600), os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "./stale").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "undefined: eventrt.Version0") {
		t.Errorf("it compiles: %v\n%s", err, out)
	}
}
