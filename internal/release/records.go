package release

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/fixture"
	"github.com/eventcontracts/eventcontracts/internal/inputfile"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

const recordsDir = "records"

// Record is a record of a released version, as its writers wrote it.
type Record struct {
	Path    string                // from the repository's root
	Message protoreflect.FullName // of the event
	Version string                // "<major>.<revision>"
	Format  string                // as docs/formats.md names it
	Case    string                // what the payload shows, as the fixture's name has it
	event.Record

	text []byte // as it lies there
}

// Same reports whether two files have the same record.
func (r *Record) Same(o *Record) bool { return r.Path == o.Path && bytes.Equal(r.text, o.text) }

// The metadata of frozen records depends on nothing but the event.
var (
	recordID   = "00000000-0000-4000-8000-000000000000"
	recordTime = time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)
)

// recordFile is a record as it is written. A value is JSON without blanks, and stands
// indented in the file.
type recordFile struct {
	Topic   string          `json:"topic"`
	Key     *string         `json:"key,omitempty"`
	Headers [][2]string     `json:"headers,omitempty"`
	Value   json.RawMessage `json:"value"`
}

// records are the frozen records of all events: each payload that is a valid fixture.
// Versions of which there are some already are left out.
func records(e *catalog.Examined) (map[string][]byte, error) {
	r := e.Catalog.Registry
	out := map[string][]byte{}
	for _, k := range r.Contracts() {
		dir := path.Join(Dir, recordsDir, strings.ReplaceAll(string(k.Descriptor.ParentFile().Package()), ".", "/"), string(k.Descriptor.Name()), k.Version(), k.Topic.Format.String())
		if _, err := os.Stat(filepath.Join(e.Root, filepath.FromSlash(dir))); err == nil {
			continue
		}
		set, err := fixture.Of(r, k)
		if err != nil {
			return nil, fmt.Errorf("records of %s: %w", k.Type, err)
		}
		for _, f := range set.Files {
			if f.Rule != "" {
				continue
			}
			msg, broken, err := fixture.Read(r, k, f.Content)
			if err != nil || len(broken) > 0 {
				return nil, fmt.Errorf("records of %s: %s is not read: %v %w", k.Type, f.Path, broken, err)
			}
			rec, err := r.Encode(context.Background(), msg, event.WithID(recordID), event.WithTime(recordTime), event.WithSource("/releases"))
			if err != nil {
				return nil, fmt.Errorf("records of %s: %w", k.Type, err)
			}
			if out[path.Join(dir, path.Base(f.Path))], err = written(rec); err != nil {
				return nil, fmt.Errorf("records of %s: %w", k.Type, err)
			}
		}
	}
	return out, nil
}

func written(rec event.Record) ([]byte, error) {
	f := recordFile{Topic: rec.Topic, Value: rec.Value}
	if rec.Key != nil {
		key := string(rec.Key)
		f.Key = &key
	}
	for _, h := range rec.Headers {
		f.Headers = append(f.Headers, [2]string{h.Key, string(h.Value)})
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(f); err != nil {
		return nil, err
	}
	again, err := parseRecord(b.Bytes())
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again.Value, rec.Value) || !bytes.Equal(again.Key, rec.Key) {
		return nil, fmt.Errorf("a record cannot be written as it is: %.200q", rec.Value)
	}
	return b.Bytes(), nil
}

func parseRecord(text []byte) (event.Record, error) {
	var f recordFile
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return event.Record{}, err
	}
	rec := event.Record{Topic: f.Topic}
	var value bytes.Buffer
	if err := json.Compact(&value, f.Value); err != nil {
		return rec, err
	}
	rec.Value = value.Bytes()
	if f.Key != nil {
		rec.Key = []byte(*f.Key)
	}
	for _, h := range f.Headers {
		rec.Headers = append(rec.Headers, event.Header{Key: h[0], Value: []byte(h[1])})
	}
	return rec, nil
}

// Records reads the frozen records of a repository, ordered by path.
func Records(root string) ([]Record, error) {
	var out []Record
	top := filepath.Join(root, Dir, recordsDir)
	err := filepath.WalkDir(top, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type()&fs.ModeSymlink != 0 {
			return &Problem{path.Join(Dir, recordsDir), d.Name() + " is a link, and not a record", "put the file itself there"}
		}
		if err != nil || d.IsDir() || filepath.Ext(name) != ".json" {
			return err
		}
		rel, err := filepath.Rel(top, name)
		if err != nil {
			return err
		}
		at := path.Join(Dir, recordsDir, filepath.ToSlash(rel))
		words := strings.Split(filepath.ToSlash(rel), "/")
		if len(words) < 4 {
			return &Problem{at, "it is not PACKAGE/EVENT/VERSION/FORMAT/CASE.json", "move it away"}
		}
		text, err := inputfile.ReadIn(root, at, maxImage)
		if err != nil {
			return err
		}
		rec, err := parseRecord(text)
		if err != nil {
			return &Problem{at, err.Error(), restore}
		}
		n := len(words)
		out = append(out, Record{
			Path: at, Message: protoreflect.FullName(strings.Join(words[:n-3], ".")), Version: words[n-3],
			Format: words[n-2], Case: strings.TrimSuffix(words[n-1], ".json"), Record: rec, text: text,
		})
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return out, err
}
