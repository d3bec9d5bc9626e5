package cli_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/eventcontracts/eventcontracts/internal/cli"
)

// shownOn runs a command whose outputs are shown on a screen.
func (e *eventctl) shownOn(screen cli.Screen, args ...string) result {
	e.t.Helper()
	var stdout, stderr bytes.Buffer
	env := e.env(&stdout, &stderr)
	env.Screen, env.ErrScreen = screen, screen
	code := cli.Run(e.t.Context(), env, args)
	return result{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

// plain is text without the sequences of colours.
func plain(s string) string {
	for _, style := range []string{"1", "2", "31", "36", "0"} {
		s = strings.ReplaceAll(s, "\x1b["+style+"m", "")
	}
	return s
}

// What is shown in colours says the same as without, and a record's own escape sequences
// do not reach the terminal beside ours.
func TestColours(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	e.ok("publish", "OrderPlaced", "--example")
	write(t, b, dead(1, "panic", "o-1", "{}"), &kgo.Record{Topic: "orders", Key: []byte("\x1b[2J"), Value: []byte("\x1b[31mred\x1b[0m"), Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("\x1b[0m")}}})
	for _, line := range []string{"tail orders --all", "tail orders --all --headers --pretty", "list", "dlq list " + ordersDLQ, "dlq show " + ordersDLQ + " 0/0", "groups list"} {
		coloured, without := e.shownOn(cli.Screen{Colour: true}, strings.Fields(line)...), e.run(strings.Fields(line)...)
		if plain(coloured.stdout) != without.stdout || strings.Contains(without.stdout, "\x1b") {
			t.Errorf("eventctl %s:\n%q\nwithout colours:\n%q", line, coloured.stdout, without.stdout)
		}
		if !strings.Contains(coloured.stdout, "\x1b[") {
			t.Errorf("eventctl %s has no colours:\n%s%s", line, coloured.stdout, coloured.stderr)
		}
	}
	if r := e.shownOn(cli.Screen{Colour: true}, "publis"); !strings.HasPrefix(r.stderr, "\x1b[31meventctl:\x1b[0m unknown command") {
		t.Errorf("stderr is %q", r.stderr)
	}
	if r := e.shownOn(cli.Screen{Colour: true, Width: 80}, "tail", "orders", "--all", "--json"); strings.Contains(r.stdout, "\x1b") {
		t.Errorf("JSON has colours: %q", r.stdout)
	}
}

// A table was as wide as its longest cell.
func TestTablesFitTheTerminal(t *testing.T) {
	t.Parallel()
	e, b := stocked(t)
	long := dead(9, "panic", "o-9", "{}")
	for i, h := range long.Headers {
		if h.Key == "dlq-error" {
			long.Headers[i].Value = []byte(strings.Repeat("an error of many words ", 8))
		}
	}
	write(t, b, long)
	for _, width := range []int{100, 130} {
		out := e.shownOn(cli.Screen{Width: width}, "dlq", "list", ordersDLQ).stdout
		for line := range strings.Lines(out) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("a line of %d characters on %d columns:\n%s", n, width, out)
			}
		}
		if !strings.Contains(out, "many words") {
			t.Errorf("the error is not shown:\n%s", out)
		}
	}
	narrow, wide := e.shownOn(cli.Screen{Width: 60}, "describe", "OrderPlaced").stdout, e.shownOn(cli.Screen{Width: 200}, "describe", "OrderPlaced").stdout
	if strings.Count(narrow, "\n") <= strings.Count(wide, "\n") {
		t.Errorf("60 columns:\n%s\n200 columns:\n%s", narrow, wide)
	}
}

func TestPretty(t *testing.T) {
	t.Parallel()
	e, _ := stocked(t)
	e.ok("publish", "OrderPlaced", "--example")
	if got := e.ok("tail", "orders", "-n", "1", "--type", "OrderPlaced", "--pretty"); !strings.Contains(got, "\n    {\n      \"order_id\": ") || !strings.HasSuffix(got, "\n    }\n") {
		t.Errorf("tail --pretty:\n%s", got)
	}
	if got := e.ok("tail", "orders", "-n", "1", "--type", "OrderPlaced", "--pretty", "--json"); !strings.Contains(got, "{\n  \"topic\": \"orders\",\n") {
		t.Errorf("tail --pretty --json:\n%s", got)
	}
	if got := e.ok("publish", "OrderPlaced", "--example", "--dry-run", "--pretty"); !strings.Contains(got, "value:\n{\n  \"event_id\": ") {
		t.Errorf("publish --dry-run --pretty:\n%s", got)
	}
}

// What goes wrong was told in lines that a terminal broke in the middle of a word.
func TestWhatIsToldFitsTheScreen(t *testing.T) {
	t.Parallel()
	e := newEventctl(t, "")
	for _, args := range [][]string{{"nonsense"}, {"list", "--contracts", "a/directory/that/nobody/has/made/and/whose/name/is/rather/long"}} {
		narrow, wide := e.shownOn(cli.Screen{Width: 60}, args...).stderr, e.run(args...).stderr
		if strings.Join(strings.Fields(narrow), " ") != strings.TrimSpace(wide) {
			t.Errorf("%v: other words:\n%s\n%s", args, narrow, wide)
		}
		lines := strings.Split(strings.TrimSpace(narrow), "\n")
		if len(lines) < 2 {
			t.Errorf("%v: one line: %q", args, narrow)
		}
		for _, line := range lines {
			if len(line) > 60 && strings.Contains(strings.TrimSpace(line), " ") {
				t.Errorf("%v: %d columns: %q", args, len(line), line)
			}
		}
	}
}

// Where the output goes decides: not a terminal, and NO_COLOR, mean no colours.
func TestScreenOf(t *testing.T) {
	t.Parallel()
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	tty, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	t.Cleanup(func() { _ = tty.Close() })
	of := func(f *os.File, vars ...string) cli.Screen {
		return cli.ScreenOf(f, func(key string) string {
			for _, v := range vars {
				if name, value, _ := strings.Cut(v, "="); name == key {
					return value
				}
			}
			return ""
		})
	}
	for name, row := range map[string]struct{ got, want cli.Screen }{
		"a file":      {of(file), cli.Screen{}},
		"a terminal":  {of(tty), cli.Screen{Width: 80, Colour: true}},
		"NO_COLOR":    {of(tty, "NO_COLOR=1"), cli.Screen{Width: 80}},
		"it is empty": {of(tty, "NO_COLOR="), cli.Screen{Width: 80, Colour: true}},
		"TERM=dumb":   {of(tty, "TERM=dumb"), cli.Screen{Width: 80}},
	} {
		if row.got != row.want {
			t.Errorf("%s: %+v, want %+v", name, row.got, row.want)
		}
	}
	if got := cli.ScreenOf(&bytes.Buffer{}, os.Getenv); got != (cli.Screen{}) {
		t.Errorf("a buffer: %+v", got)
	}
}
