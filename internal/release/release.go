package release

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/contractlock"
	"github.com/eventcontracts/eventcontracts/internal/inputfile"
)

// Dir is where a repository of contracts keeps its releases, beside buf.yaml.
const Dir = "releases"

const (
	manifestFile = "release.yaml"
	imageFile    = "image.binpb"

	// format is that of a release's files: a higher one is of a newer eventctl.
	format = 1

	// maxImage bounds a file of a release. 500 events have an image of some MiB.
	maxImage = 64 << 20
)

// Release is one state that was released.
type Release struct {
	Name string
	Date time.Time // a day, in UTC
	Lock contractlock.Lock
	Set  *descriptorpb.FileDescriptorSet // without files that the toolkit lends

	after string // the name of the release before it, if there was one
	image string // its checksum
	lock  string // that of the lock
}

// manifest is release.yaml.
type manifest struct {
	Format int    `yaml:"format"`
	Date   string `yaml:"date"`
	After  string `yaml:"after"` // the release before it, which may be of the same day
	Image  string `yaml:"image"` // sha256 of the image, so that nobody edits it unnoticed
}

// Problem is a release that cannot be read: what was released is not known then.
type Problem struct{ Path, Problem, Fix string }

func (p *Problem) Error() string { return fmt.Sprintf("%s: %s: %s", p.Path, p.Problem, p.Fix) }

const restore = "restore it from git: what was released does not change"

// name is what a release can be called: a directory on every system, and a word in texts.
var name = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// CheckName says why a release cannot have a name.
func CheckName(s string) error {
	if !name.MatchString(s) || s == recordsDir {
		return fmt.Errorf("a release cannot be named %q: take up to 64 letters, digits, '.', '_' and '-', such as v1.4.0, and not %q", s, recordsDir)
	}
	return nil
}

// List reads the releases of a repository, the oldest first. Without any, it is empty. An
// error that is a *Problem is about a file of a release.
func List(root string) ([]*Release, error) {
	entries, err := os.ReadDir(filepath.Join(root, Dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("releases: %w", err)
	}
	var out []*Release
	for _, e := range entries {
		if e.Type()&fs.ModeSymlink != 0 {
			return nil, &Problem{Dir + "/" + e.Name(), "it is a link, and not a release", "put the directory itself there"}
		}
		if !e.IsDir() || e.Name() == recordsDir {
			continue
		}
		r, err := read(root, e.Name())
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	order(out)
	return out, nil
}

// order sorts releases, the oldest first: those of one day one behind the other as each
// says what it came after, and else by their names.
func order(all []*Release) {
	named := map[string]*Release{}
	for _, r := range all {
		named[r.Name] = r
	}
	depth := func(r *Release) (n int) {
		for before, ok := named[r.after]; ok && n < len(all); before, ok = named[before.after] {
			n++
		}
		return n
	}
	slices.SortFunc(all, func(a, b *Release) int {
		return cmp.Or(a.Date.Compare(b.Date), cmp.Compare(depth(a), depth(b)), naturally(a.Name, b.Name))
	})
}

// Compiled is the contracts as they were released.
func (r *Release) Compiled() (*catalog.Compiled, error) {
	c, err := catalog.Link(proto.CloneOf(r.Set))
	if err != nil {
		return nil, &Problem{Dir + "/" + r.Name + "/" + imageFile, err.Error(), restore}
	}
	return c, nil
}

func read(root, name string) (*Release, error) {
	dir := Dir + "/" + name
	file := func(of string, limit int64) ([]byte, error) {
		text, err := inputfile.ReadIn(root, dir+"/"+of, limit)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, &Problem{dir, "it has no " + of, "restore the file from git, or delete the directory if it is not a release"}
		}
		if err != nil {
			return nil, fmt.Errorf("releases: %w", err)
		}
		return text, nil
	}
	text, err := file(manifestFile, 1<<16)
	if err != nil {
		return nil, err
	}
	m, err := parseManifest(dir+"/"+manifestFile, text)
	if err != nil {
		return nil, err
	}
	r := &Release{Name: name, after: m.After}
	if r.Date, err = time.Parse(time.DateOnly, m.Date); err != nil {
		return nil, &Problem{dir + "/" + manifestFile, fmt.Sprintf("date %q is not a date such as 2026-11-28", m.Date), restore}
	}
	if text, err = file(contractlock.File, maxImage); err != nil {
		return nil, err
	}
	r.lock = checksum(text)
	if r.Lock, err = contractlock.Parse(text); err != nil {
		return nil, &Problem{dir, err.Error(), restore}
	}
	raw, err := file(imageFile, maxImage)
	if err != nil {
		return nil, err
	}
	if r.image = checksum(raw); r.image != m.Image {
		return nil, &Problem{dir + "/" + imageFile, "it is not the image that was released, by the checksum in " + manifestFile, restore}
	}
	r.Set = &descriptorpb.FileDescriptorSet{}
	if err := (proto.UnmarshalOptions{AllowPartial: true}).Unmarshal(raw, r.Set); err != nil {
		return nil, &Problem{dir + "/" + imageFile, err.Error(), restore}
	}
	return r, nil
}

func parseManifest(path string, text []byte) (manifest, error) {
	var number struct {
		Format int `yaml:"format"`
	}
	if err := yaml.Unmarshal(text, &number); err == nil && number.Format > format {
		return manifest{}, &Problem{path, fmt.Sprintf("it has format %d, and this eventctl knows formats up to %d", number.Format, format), "use a newer eventctl"}
	}
	var m manifest
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&m); err != nil && !errors.Is(err, io.EOF) {
		return m, &Problem{path, err.Error(), restore}
	}
	if m.Format < 1 {
		return m, &Problem{path, "it does not say its format", restore}
	}
	return m, nil
}

func checksum(raw []byte) string {
	sum := sha256.Sum256(raw)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// naturally orders names as people count: v1.9.0 is before v1.10.0, and v1.0.0-rc1 before
// v1.0.0 (Semantic Versioning 2.0.0, section 11).
func naturally(a, b string) int {
	digits := regexp.MustCompile(`\d+|\D+`)
	x, y := digits.FindAllString(a, -1), digits.FindAllString(b, -1)
	for i := range min(len(x), len(y)) {
		if x[i] == y[i] {
			continue
		}
		if isDigit(x[i][0]) && isDigit(y[i][0]) {
			p, q := trimZeros(x[i]), trimZeros(y[i])
			if c := cmp.Or(cmp.Compare(len(p), len(q)), cmp.Compare(p, q)); c != 0 {
				return c
			}
			continue
		}
		return cmp.Compare(x[i], y[i])
	}
	switch {
	case isPreRelease(x[min(len(x), len(y)):]):
		return -1
	case isPreRelease(y[min(len(x), len(y)):]):
		return 1
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(a, b))
}

// isPreRelease reports whether what a name has more than another is such as -rc1. A number
// alone, as in 2026-11-28-2, is a later one.
func isPreRelease(more []string) bool {
	return len(more) > 0 && len(more[0]) > 1 && more[0][0] == '-'
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func trimZeros(s string) string { return string(bytes.TrimLeft([]byte(s), "0")) }

// Same reports whether two releases froze the same on the same day under the same name.
func (r *Release) Same(o *Release) bool {
	return r.Name == o.Name && r.Date.Equal(o.Date) && r.after == o.after && r.image == o.image && r.lock == o.lock
}
