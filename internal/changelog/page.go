package changelog

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/compat"
)

// Text is changes for a terminal.
func Text(changes []Change) string {
	var b strings.Builder
	for _, c := range changes {
		fmt.Fprintln(&b, c.Title())
		for _, l := range c.Lines {
			fmt.Fprintf(&b, "  %s\n", l)
		}
	}
	return b.String()
}

// Markdown is changes as a part of a page, or as a comment on a change.
func Markdown(changes []Change) string {
	var b strings.Builder
	for _, c := range changes {
		fmt.Fprintf(&b, "### %s\n\n", plain(c.Title()))
		for _, l := range c.Lines {
			fmt.Fprintf(&b, "- %s\n", l.markdown())
		}
		if len(c.Lines) > 0 {
			b.WriteByte('\n')
		}
	}
	return b.String()
}

func (l Line) markdown() string {
	if l.Field == "" {
		return plain(l.Text)
	}
	return fmt.Sprintf("`%s`: %s", l.Field, plain(l.Text))
}

// plain is text that Markdown shows as it is: contracts are of people who may want a page
// to say otherwise.
func plain(text string) string {
	return strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "&lt;", "@", "&#64;", "#", `\#`, "|", `\|`, "\n", " ").Replace(text)
}

// Version is a state that was released.
type Version struct {
	Name  string
	Date  time.Time
	State *compat.State
}

// History is a page with what changed of each event and topic, release by release, the
// newest first. The versions are in the order of their days.
func History(versions []Version) (string, error) {
	entries := map[string][]string{} // by heading
	empty, err := compat.NewState(nil)
	if err != nil {
		return "", err
	}
	before := empty
	for _, v := range versions {
		for _, c := range Compare(before, v.State) {
			heading := c.Subject
			if c.Message != "" {
				heading += " (" + strings.TrimSuffix(c.Message, c.Message[strings.LastIndexByte(c.Message, '.'):]) + ")"
			}
			var b strings.Builder
			what := c.Is
			if c.Status == Removed {
				what = "removed"
			}
			fmt.Fprintf(&b, "- **%s**, release %s of %s\n", plain(or(what, string(c.Status))), plain(v.Name), v.Date.Format(time.DateOnly))
			for _, l := range c.Lines {
				fmt.Fprintf(&b, "  - %s\n", l.markdown())
			}
			entries[heading] = append(entries[heading], b.String())
		}
		before = v.State
	}
	var b strings.Builder
	b.WriteString("<!-- Written by eventctl release: never edit it. -->\n\n# Changes of the contracts\n")
	for _, heading := range slices.Sorted(maps.Keys(entries)) {
		fmt.Fprintf(&b, "\n## %s\n\n", plain(heading))
		for _, e := range slices.Backward(entries[heading]) {
			b.WriteString(e)
		}
	}
	return b.String(), nil
}
