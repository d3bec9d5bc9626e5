package contractlock

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Problem is what is wrong with a lock, and what to do.
type Problem struct {
	Line    int // 1 for the first; 0 if it is the whole file
	Problem string
	Fix     string
}

func (p *Problem) Error() string {
	if p.Line == 0 {
		return fmt.Sprintf("%s: %s: %s", File, p.Problem, p.Fix)
	}
	return fmt.Sprintf("%s:%d: %s: %s", File, p.Line, p.Problem, p.Fix)
}

const again = "run eventctl generate, which writes it anew"

var (
	word    = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|\S+`)
	version = regexp.MustCompile(`^[0-9]+\.[0-9]+$`)
	digest  = regexp.MustCompile(`^[0-9a-f]{16}$`)
)

// Parse reads a lock. The error is a *Problem.
func Parse(text []byte) (Lock, error) {
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for i, line := range lines {
		for _, mark := range []string{"<<<<<<<", "=======", ">>>>>>>", "|||||||"} {
			if strings.HasPrefix(line, mark) {
				return nil, &Problem{i + 1, "a merge conflict is in it", "merge the .proto files, then " + again}
			}
		}
	}
	number, ok := strings.CutPrefix(lines[0], header)
	n, err := strconv.Atoi(strings.TrimSpace(number))
	switch {
	case !ok || err != nil:
		return nil, &Problem{1, "it does not begin with " + strconv.Quote(header+strconv.Itoa(format)), again}
	case n > format:
		return nil, &Problem{1, fmt.Sprintf("it has format %d, and this eventctl knows formats up to %d", n, format), "use a newer eventctl"}
	}
	var out Lock
	for i, line := range lines {
		if line == "" || line[0] == '#' {
			continue
		}
		e, ok := parseLine(line)
		if !ok {
			return nil, &Problem{i + 1, fmt.Sprintf("%.60q is not type, version, topic, key, format and digest", line), again}
		}
		if slices.ContainsFunc(out, func(o Line) bool { return o.id() == e.id() && o.Digest == e.Digest }) {
			return nil, &Problem{i + 1, fmt.Sprintf("%s %s is there twice", e.Type, e.Version), again}
		}
		out = append(out, e)
	}
	return out, nil
}

func parseLine(line string) (Line, bool) {
	words := word.FindAllString(line, -1)
	if len(words) != 6 {
		return Line{}, false
	}
	for i, w := range words {
		if w[0] != '"' {
			continue
		}
		var err error
		if words[i], err = strconv.Unquote(w); err != nil {
			return Line{}, false
		}
	}
	l := Line{words[0], words[1], words[2], words[3], words[4], words[5]}
	if l.Key == none {
		l.Key = ""
	}
	return l, version.MatchString(l.Version) && digest.MatchString(l.Digest)
}

// Check is what is wrong with the text of a lock that should be want; nil if nothing is.
// It names the first line that differs: the others have the same cause.
func Check(text []byte, want Lock) *Problem {
	if bytes.Equal(text, want.Bytes()) {
		return nil
	}
	is, err := Parse(text)
	if p, ok := err.(*Problem); ok { //nolint:errorlint // Parse returns it as it is
		return p
	}
	for _, w := range want {
		i := slices.IndexFunc(is, func(l Line) bool { return l.id() == w.id() })
		switch {
		case i < 0:
			return stale(text, w, fmt.Sprintf("it lacks %s %s", w.Type, w.Version))
		case is[i] == w:
		case is[i].Version == w.Version && is[i].Digest == w.Digest:
			return stale(text, is[i], fmt.Sprintf("it has another topic, key or format of %s %s than the contract, whose topic is %s, key %s and format %s", w.Type, w.Version, w.Topic, w.Key, w.Format))
		default:
			return stale(text, is[i], fmt.Sprintf("it has %s %s with digest %s, and the contract is %s with digest %s", w.Type, is[i].Version, is[i].Digest, w.Version, w.Digest))
		}
	}
	for _, l := range is {
		if !slices.ContainsFunc(want, func(w Line) bool { return w.id() == l.id() }) {
			return stale(text, l, fmt.Sprintf("it has %s %s, which is not a contract any more", l.Type, l.Version))
		}
	}
	return &Problem{0, "it is not as eventctl writes it", again}
}

// stale is a problem at the line of an event, which the text may not have.
func stale(text []byte, at Line, problem string) *Problem {
	for i, line := range strings.Split(string(text), "\n") {
		if line == at.String() {
			return &Problem{i + 1, problem, again}
		}
	}
	return &Problem{0, problem, again}
}
