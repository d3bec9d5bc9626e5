package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/eventcontracts/eventcontracts/internal/authoring"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// onTerminal reports whether a person can answer: they see the question, and what is
// read is what they type.
func onTerminal(in io.Reader, out io.Writer) bool {
	i, ok := in.(*os.File)
	o, ok2 := out.(*os.File)
	return ok && ok2 && term.IsTerminal(int(i.Fd())) && term.IsTerminal(int(o.Fd()))
}

// ask puts questions to the person at the terminal; nil if there is none, or if nothing
// is to be asked. Questions go to standard error: what the command prints stays clean.
// An interrupt ends the wait for an answer, as it ends everything else.
func (a *app) ask(ctx context.Context, never bool) authoring.Ask {
	if never || a.json || !a.terminal {
		return nil
	}
	type answer struct {
		line string
		err  error
	}
	answers := make(chan answer)
	in := bufio.NewReader(a.stdin)
	return func(q authoring.Question) (string, error) {
		for range 3 {
			fmt.Fprint(a.stderr, prompt(q))
			go func() { // it ends with the process if nobody answers any more
				line, err := in.ReadString('\n')
				select {
				case answers <- answer{line, err}:
				case <-ctx.Done():
				}
			}()
			var err error
			var text string
			select {
			case got := <-answers:
				text, err = strings.TrimSpace(got.line), got.err
			case <-ctx.Done():
				fmt.Fprintln(a.stderr)
				return "", ctx.Err()
			}
			if text == "" {
				text = q.Default
			}
			if text != "" && (len(q.Choices) == 0 || slices.Contains(q.Choices, text)) {
				return text, nil
			}
			if err != nil {
				fmt.Fprintln(a.stderr)
				if errors.Is(err, io.EOF) {
					break
				}
				return "", err
			}
			if text != "" {
				fmt.Fprintf(a.stderr, "%q is not one of these.\n", text)
			}
		}
		return "", usagef("no %s was chosen: give --%s", q.What, q.What)
	}
}

func prompt(q authoring.Question) string {
	text := terminal.Printable(q.Text)
	if len(q.Choices) > 0 {
		text += "\n  " + terminal.Printable(strings.Join(q.Choices, ", ")) + "\n" + q.What
	}
	if q.Default != "" {
		text += " [" + terminal.Printable(q.Default) + "]"
	}
	return text + ": "
}
