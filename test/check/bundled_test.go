package check_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// SECURITY.md names what confluent-kafka-go brings along, which no scanner sees: after
// an update the versions there must be those of the archive that is linked.
func TestSecurityNamesTheBundledLibraries(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Version}} {{.Dir}}", "github.com/confluentinc/confluent-kafka-go/v2").Output()
	if err != nil {
		t.Fatal(err)
	}
	version, dir, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	archive, err := os.ReadFile(filepath.Join(dir, "kafka", "librdkafka_vendor", "librdkafka_glibc_linux_amd64.a"))
	if err != nil {
		t.Fatal(err)
	}
	text := readFile(t, "SECURITY.md")
	if !strings.Contains(text, "Version "+strings.TrimPrefix(version, "v")+" for Linux") {
		t.Errorf("SECURITY.md does not name confluent-kafka-go %s", version)
	}
	for library, mark := range map[string]string{"OpenSSL": "OpenSSL %s ", "zlib": " inflate %s Copyright"} {
		m := regexp.MustCompile(`(?m)^\| ` + library + ` \| ([0-9.]+) \|$`).FindStringSubmatch(text)
		if m == nil {
			t.Errorf("SECURITY.md has no version of %s", library)
			continue
		}
		if !bytes.Contains(archive, []byte(strings.Replace(mark, "%s", m[1], 1))) {
			t.Errorf("SECURITY.md says %s %s, which is not in the archive", library, m[1])
		}
	}
}
