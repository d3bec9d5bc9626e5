package manpage_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/manpage"
)

func command() *cobra.Command {
	run := func(*cobra.Command, []string) {}
	root := &cobra.Command{Use: "shop", Short: "Sell things", Long: "Shop sells things.\n\n  shop:\n    - '.hidden' \\ ~ ^ `x`\n\n.first is no request, and 'neither is this…"}
	root.PersistentFlags().Bool("json", false, "print JSON")
	root.PersistentFlags().String("secret", "", "not shown")
	_ = root.PersistentFlags().MarkHidden("secret") // the flag is there
	sell := &cobra.Command{Use: "sell THING", Short: "Sell one thing", Example: "  shop sell 'a \"thing\"' --at-most 3 # - or less\n  shop sell b", Run: run}
	sell.Flags().IntP("at-most", "n", 10, "`N` things")
	sell.Flags().Duration("wait", 0, "`DURATION` (default: none)")
	hidden := &cobra.Command{Use: "steal", Hidden: true, Run: run}
	again := &cobra.Command{Use: "return", Short: "Take things back"}
	again.AddCommand(&cobra.Command{Use: "list", Short: "List what came back", Run: run})
	root.AddCommand(sell, hidden, again)
	return root
}

func TestPages(t *testing.T) {
	t.Parallel()
	pages := manpage.Pages(command(), "v1.2.3")
	var names []string
	for _, name := range []string{"shop.1", "shop-sell.1", "shop-return.1", "shop-return-list.1"} {
		golden(t, name, pages[name])
		names = append(names, name)
	}
	if len(pages) != len(names) {
		t.Errorf("%d pages, want %v", len(pages), names)
	}
	if diff := cmp.Diff(pages, manpage.Pages(command(), "v1.2.3")); diff != "" {
		t.Errorf("a second time the pages differ:\n%s", diff)
	}
}

// groff has no complaint, and prints signs and lines as they are in the help.
func TestGroffReadsThePages(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("groff"); err != nil {
		t.Skip("no groff here")
	}
	for name, text := range manpage.Pages(command(), "v1.2.3") {
		cmd := exec.CommandContext(t.Context(), "groff", "-man", "-Tutf8", "-P-c", "-ww")
		cmd.Stdin = strings.NewReader(text)
		var complaints strings.Builder
		cmd.Stderr = &complaints
		out, err := cmd.Output()
		if err != nil || complaints.Len() > 0 {
			t.Errorf("%s: %v\n%s", name, err, &complaints)
		}
		printed := regexp.MustCompile(`(?s).\x08`).ReplaceAllString(string(out), "") // bold is typed over
		for _, line := range map[string][]string{
			"shop.1":      {"  shop:", "    - '.hidden' \\ ~ ^ `x`", ".first is no request, and 'neither is this…", "--json print JSON"},
			"shop-sell.1": {"shop sell 'a \"thing\"' --at-most 3 # - or less", "-n, --at-most N", "N things (default 10)"},
		}[name] {
			if !strings.Contains(printed, line+"\n") {
				t.Errorf("%s does not have the line %q:\n%s", name, line, printed)
			}
		}
	}
}

// golden compares with a file of testdata; a missing one means that nothing is
// expected. UPDATE_GOLDEN=<glob> of names refreshes it, and fails all the same.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if pattern := os.Getenv("UPDATE_GOLDEN"); pattern != "" {
		if match, err := filepath.Match(pattern, name); err != nil || match {
			if err := errors.Join(err, os.MkdirAll("testdata", 0o755), os.WriteFile(path, []byte(got), 0o644)); err != nil {
				t.Fatal(err)
			}
			t.Errorf("%s was refreshed: run again without UPDATE_GOLDEN", path)
			return
		}
	}
	want, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
