//go:build !race

package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// bashCompletion is the package that cobra's script for bash needs.
const bashCompletion = "/usr/share/bash-completion/bash_completion"

// The scripts are what their shells can read, where there is such a shell.
func TestCompletionScriptsParse(t *testing.T) {
	t.Parallel()
	e := newEventctl(t, "")
	for shell, check := range map[string][]string{
		"bash":       {"bash", "-n", "FILE"},
		"zsh":        {"zsh", "-n", "FILE"},
		"fish":       {"fish", "--no-execute", "FILE"},
		"powershell": {"pwsh", "-NoProfile", "-NonInteractive", "-Command", "$null = [ScriptBlock]::Create([IO.File]::ReadAllText('FILE'))"},
	} {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			script := e.ok("completion", shell)
			if !strings.Contains(script, "eventctl") || !strings.Contains(script, "__complete") {
				t.Errorf("it prints %.200s", script)
			}
			if _, err := exec.LookPath(check[0]); err != nil {
				t.Skipf("there is no %s here", check[0])
			}
			file := filepath.Join(t.TempDir(), "script")
			if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
				t.Fatal(err)
			}
			last := len(check) - 1
			args := append(check[1:last:last], strings.ReplaceAll(check[last], "FILE", file))
			if out, err := exec.CommandContext(t.Context(), check[0], args...).CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	if r := e.run("completion", "tcsh"); r.code != 2 || r.stderr != "eventctl: shell \"tcsh\" is not known: give one of bash, zsh, fish, powershell\n" {
		t.Errorf("%+v", r)
	}
}

// completing are programs for shells that complete each of their arguments, and print
// one line for each: what the command line is then, or what is offered for its last word.
var completing = map[string][]string{
	"bash": {"bash", "-c", `
source ` + bashCompletion + `
source <(eventctl completion bash)
for line in "$@"; do
	COMP_WORDS=($line) COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$line COMP_POINT=${#line} COMP_TYPE=9
	__start_eventctl
	echo "${COMPREPLY[@]}"
done`, "bash"},
	// Only its line editor completes, and only on a terminal: hence one of its own.
	"zsh": {"zsh", "-f", "-c", `
zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner 'PROMPT=; autoload -U compinit; compinit -u -D; source <(eventctl completion zsh)
show() { print -r -- "<$BUFFER>"; BUFFER=; zle accept-line }; zle -N show; bindkey "^X" show; print REA''DY'
zpty -r inner out '*READY*'
for line in "$@"; do
	zpty -w -n inner "$line"$'\t\x18'
	zpty -r inner out '*<*>*'
	print -r -- "${${out##*<}%%>*}"
done
zpty -d inner`, "zsh"},
	"fish": {"fish", "--no-config", "-c", `
eventctl completion fish | source
for line in $argv
	complete -C $line
end`},
}

// A shell offers what the commands and the contracts have: script and program work
// together.
func TestShellsComplete(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "eventctl")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "../../cmd/eventctl").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	lines := []string{"eventctl desc", "eventctl list --top", "eventctl describe OrderP"}
	want := []string{"describe", "--topic", "OrderPlaced"}
	for shell, command := range completing {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(shell); err != nil {
				t.Skipf("there is no %s here", shell)
			}
			if _, err := os.Stat(bashCompletion); shell == "bash" && err != nil {
				t.Skip("there is no bash-completion here")
			}
			cmd := exec.CommandContext(t.Context(), shell, append(command[1:], lines...)...)
			cmd.Dir = shop
			cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(program)+string(os.PathListSeparator)+os.Getenv("PATH"), "TERM=dumb")
			var stderr strings.Builder // bash says there that it was not asked by a key
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s%s", err, out, stderr.String())
			}
			var got []string
			for line := range strings.Lines(string(out)) {
				offered, _, _ := strings.Cut(strings.TrimSpace(line), "\t") // fish describes it
				words := strings.Fields(strings.TrimPrefix(offered, "eventctl list "))
				if len(words) > 0 {
					got = append(got, words[len(words)-1])
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("what is completed (-want +got):\n%s\n%s%s", diff, out, stderr.String())
			}
		})
	}
}
