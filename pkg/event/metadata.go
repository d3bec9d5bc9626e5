package event

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/eventcontracts/eventcontracts/internal/headername"
)

// maxText is the longest id, in characters.
const maxText = 256

// names are where a format keeps metadata.
type names struct{ id, typ, version, time, correlation, causation name }

var (
	ourNames = names{eventID, eventType, eventVersion, timestamp, correlationID, causationID}
	ceNames  = names{ceID, ceType, ceVersion, ceTime, ceCorrelation, ceCausation}
)

// metadata reads what w says about itself. It fills in what it can and returns
// the first error.
func (w *wire) metadata() (md Metadata, version wireVersion, err error) {
	n, ce := &ourNames, w.format.cloudEvents()
	var spec, at string
	if ce {
		n = &ceNames
		if spec, err = w.text(specversion, true); err == nil && spec != "1.0" {
			err = errors.New("specversion is not 1.0")
		}
	}
	for _, f := range [...]struct {
		name     name
		required bool
		into     *string
	}{
		{n.typ, true, &md.Type},
		{n.id, true, &md.ID},
		{n.version, true, &md.Version},
		{n.correlation, false, &md.CorrelationID},
		{n.causation, false, &md.CausationID},
		{source, ce, &md.Source},
		{n.time, true, &at},
	} {
		var e error
		if *f.into, e = w.text(f.name, f.required); e != nil && err == nil {
			err = e
		}
	}
	if err != nil {
		return md, version, err
	}
	if !ce && !isUUID(md.ID) {
		return md, version, errors.New("event_id is not a UUID")
	}
	if version, err = parseVersion(md.Version); err != nil {
		return md, version, err
	}
	md.Time, err = parseTime(at, w.format == FormatFlat)
	return md, version, err
}

func (w *wire) text(n name, required bool) (string, error) {
	s, ok, err := w.value(n)
	switch {
	case err != nil:
		return "", err
	case ok && len(s) > 0 && len(s) <= maxText && w.head != "":
		// The scanner has accepted it; what is left to find is an escaped NUL.
		if strings.IndexByte(s, 0) >= 0 {
			return "", fmt.Errorf("%s contains NUL", spelling[n])
		}
	case ok:
		if err := checkText(s, required); err != nil {
			return "", fmt.Errorf("%s %w", spelling[n], err)
		}
	case required:
		return "", fmt.Errorf("%s is missing", spelling[n])
	}
	return s, nil
}

// value is the text of a piece of metadata; null is as good as absent.
func (w *wire) value(n name) (s string, ok bool, err error) {
	if w.format == FormatCloudEventsBinary {
		s, ok = w.rec.header(headername.CloudEventsPrefix + spelling[n])
		return s, ok, nil
	}
	i := w.at[n]
	if i == 0 {
		return "", false, nil
	}
	m := w.object.at(i - 1)
	raw := w.rec.Value[m.value:m.end]
	switch {
	case string(raw) == "null":
		return "", false, nil
	case raw[0] != '"':
		return "", false, fmt.Errorf("%s is not a string", spelling[n])
	case w.head != "" && bytes.IndexByte(raw, '\\') < 0:
		return w.head[m.value+1-w.headAt : m.end-1-w.headAt], true, nil
	}
	s, err = text(raw)
	return s, err == nil, err
}

func checkText(s string, required bool) error {
	switch {
	case s == "" && required:
		return errors.New("is empty")
	case !utf8.ValidString(s):
		return errors.New("is not UTF-8")
	case len(s) > maxText && utf8.RuneCountInString(s) > maxText:
		return fmt.Errorf("is longer than %d characters", maxText)
	case strings.ContainsRune(s, 0):
		return errors.New("contains NUL")
	}
	return nil
}

// isUUID accepts the 36-character form in any case, and no other.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	_, err := uuid.Parse(s)
	return err == nil
}

type wireVersion struct{ major, revision int }

// parseVersion reads "<major>.<revision>": decimal, no sign, no leading zero.
func parseVersion(s string) (wireVersion, error) {
	bad := wireVersion{}
	a, b, ok := strings.Cut(s, ".")
	if !ok {
		return bad, errors.New("the version is not <major>.<revision>")
	}
	number := func(t string) (int, bool) {
		n, err := strconv.ParseUint(t, 10, 31)
		return int(n), err == nil && len(t) <= 9 && (t == "0" || t[0] != '0')
	}
	major, ok1 := number(a)
	revision, ok2 := number(b)
	if !ok1 || !ok2 || major == 0 {
		return bad, errors.New("the version is not <major>.<revision>")
	}
	return wireVersion{major, revision}, nil
}

// parseTime reads RFC 3339; a flat record's time may lack a zone and is then
// UTC.
func parseTime(s string, utc bool) (time.Time, error) {
	if len(s) > 40 {
		return time.Time{}, errors.New("the timestamp is no RFC 3339 time")
	}
	if utc {
		s = zoned(s)
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	t = t.UTC()
	if err != nil || t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, errors.New("the timestamp is no RFC 3339 time")
	}
	return t.Truncate(time.Microsecond), nil
}

// zoneless reports whether s looks like a time without a zone.
func zoneless[T string | []byte](s T) bool {
	if len(s) < 19 || s[4] != '-' || s[13] != ':' {
		return false
	}
	for i := 19; i < len(s); i++ {
		if c := s[i]; c == 'Z' || c == 'z' || c == '+' || c == '-' {
			return false
		}
	}
	return true
}

// zoned appends UTC to a time without a zone, and gives the blank between date
// and time that Python's str() prints its T.
func zoned(s string) string {
	if !zoneless(s) {
		return s
	}
	if s[10] == ' ' {
		s = s[:10] + "T" + s[11:]
	}
	return s + "Z"
}

// check refuses metadata that may not be written in f. An id of our own making
// needs no check.
func (md *Metadata) check(f Format, ours bool) error {
	if !ours {
		if err := md.checkID(f); err != nil {
			return err
		}
	}
	for _, other := range [...]struct{ name, id string }{
		{"correlation id", md.CorrelationID}, {"causation id", md.CausationID},
	} {
		if other.id == md.ID && ours || other.id == "" {
			continue
		}
		if err := checkText(other.id, false); err != nil {
			return fmt.Errorf("%s %w", other.name, err)
		}
		if f == FormatFlat && !isUUID(other.id) {
			return fmt.Errorf("%s %.40q is not a UUID, which the flat format needs: give the event one of its own", other.name, other.id)
		}
	}
	if err := checkText(md.Source, f.cloudEvents()); err != nil {
		return fmt.Errorf("source %w: give it with WithSource", err)
	}
	if !isPath(md.Source) {
		if _, err := url.Parse(md.Source); err != nil {
			return errors.New("source is no URI-reference")
		}
	}
	if md.Time.Year() < 1 || md.Time.Year() > 9999 {
		return errors.New("time is outside the years 1 to 9999")
	}
	return nil
}

func (md *Metadata) checkID(f Format) error {
	if f.cloudEvents() {
		if err := checkText(md.ID, true); err != nil {
			return fmt.Errorf("event id %w", err)
		}
	} else if !isUUID(md.ID) {
		return fmt.Errorf("event id %.40q is not a UUID, which the %s format needs", md.ID, f)
	}
	return nil
}

// isPath reports whether s is a URI-reference that needs no parser: letters,
// digits and the characters of names and paths.
func isPath(s string) bool {
	for i := range len(s) {
		c := s[i]
		if letter := c|0x20 >= 'a' && c|0x20 <= 'z'; !letter && (c < '-' || c > '9') && c != '_' { // - . / and digits
			return false
		}
	}
	return true
}
