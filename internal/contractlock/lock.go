package contractlock

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/compat"
)

// File is the lock's name, beside buf.yaml.
const File = "contracts.lock"

// Lock is the events of one state of contracts, ordered by type, major and topic.
type Lock []Line

// Line is one event.
type Line struct {
	Type    string `json:"type"`
	Version string `json:"version"` // "<major>.<revision>"
	Topic   string `json:"topic"`
	Key     string `json:"key,omitempty"` // "" for an event without a key
	Format  string `json:"format"`
	Digest  string `json:"digest"`
}

// Of is the lock of a state.
func Of(s *compat.State) Lock {
	var out Lock
	for _, e := range s.Entries() {
		out = append(out, Line{e.Type, e.Version(), e.Topic, e.Key, e.Format, e.Digest})
	}
	slices.SortFunc(out, compare)
	return out
}

func compare(a, b Line) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.major(), b.major()), cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Digest, b.Digest))
}

// id is what makes a line another one: versions of one event follow one another in it.
func (l Line) id() string { return fmt.Sprintf("%q %d %q", l.Type, l.major(), l.Topic) }

func (l Line) major() int {
	text, _, _ := strings.Cut(l.Version, ".")
	n, _ := strconv.Atoi(text)
	return n
}

// header begins the file. Its number is that of the format: a higher one is of a newer
// eventctl.
const (
	header  = "# contracts.lock, format "
	format  = 1
	comment = `
# type version topic key format digest, an event a line. Written by eventctl generate:
# never edit it; after a merge conflict run that again.
`
)

// Bytes is the file.
func (l Lock) Bytes() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s%d%s", header, format, comment)
	for _, e := range l {
		fmt.Fprintln(&b, e)
	}
	return b.Bytes()
}

// String is the line as it is written. Names with other characters than the usual ones
// are quoted.
func (l Line) String() string {
	words := []string{l.Type, l.Version, l.Topic, cmp.Or(l.Key, none), l.Format, l.Digest}
	for i, w := range words {
		if strings.ContainsFunc(w, func(r rune) bool { return r <= ' ' || r == '"' || r == '#' || r > '~' }) || w == none && i != keyWord || w == "" {
			words[i] = strconv.Quote(w)
		}
	}
	return strings.Join(words, " ")
}

const (
	none    = "-" // the key of an event without one
	keyWord = 3
)
