package event

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// maxText is the longest id, in characters.
const maxText = 256

// names are where a format keeps metadata.
type names struct{ id, typ, version, time, correlation, causation, source string }

var (
	ourNames = names{"event_id", "event_type", "event_version", "timestamp", "correlation_id", "causation_id", "source"}
	ceNames  = names{"id", "type", "eventversion", "time", "correlationid", "causationid", "source"}
)

func (f Format) cloudEvents() bool { return f == FormatCloudEvents || f == FormatCloudEventsBinary }

func (f Format) names() names {
	if f.cloudEvents() {
		return ceNames
	}
	return ourNames
}

// metadata reads what w says about itself. It fills in what it can and returns
// the first error.
func (w wire) metadata() (md Metadata, version wireVersion, err error) {
	n := w.format.names()
	read := func(name string, required bool, into *string) {
		s, e := w.text(name, required)
		*into = s
		if err == nil {
			err = e
		}
	}
	if w.format.cloudEvents() {
		var spec string
		read("specversion", true, &spec)
		if err == nil && spec != "1.0" {
			err = fmt.Errorf("specversion %.20q is not 1.0", spec)
		}
	}
	read(n.typ, true, &md.Type)
	read(n.id, true, &md.ID)
	read(n.version, true, &md.Version)
	read(n.correlation, false, &md.CorrelationID)
	read(n.causation, false, &md.CausationID)
	read(n.source, w.format.cloudEvents(), &md.Source)
	var at string
	read(n.time, true, &at)
	if err != nil {
		return md, version, err
	}
	if !w.format.cloudEvents() && !isUUID(md.ID) {
		return md, version, errors.New("event_id is not a UUID")
	}
	if version, err = parseVersion(md.Version); err != nil {
		return md, version, err
	}
	md.Time, err = parseTime(at, w.format == FormatFlat)
	return md, version, err
}

func (w wire) text(name string, required bool) (string, error) {
	raw, ok := w.meta(name)
	if !ok || string(raw) == "null" {
		if required {
			return "", fmt.Errorf("%s is missing", name)
		}
		return "", nil
	}
	s, err := text(raw)
	if err != nil {
		return "", fmt.Errorf("%s is not a string", name)
	}
	if err := checkText(s, required); err != nil {
		return "", fmt.Errorf("%s %w", name, err)
	}
	return s, nil
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
		return bad, fmt.Errorf("version %.20q is not <major>.<revision>", s)
	}
	number := func(t string) (int, bool) {
		n, err := strconv.ParseUint(t, 10, 31)
		return int(n), err == nil && len(t) <= 9 && (t == "0" || t[0] != '0')
	}
	major, ok1 := number(a)
	revision, ok2 := number(b)
	if !ok1 || !ok2 || major == 0 {
		return bad, fmt.Errorf("version %.20q is not <major>.<revision>", s)
	}
	return wireVersion{major, revision}, nil
}

// parseTime reads RFC 3339; a flat record's time may lack a zone and is then
// UTC.
func parseTime(s string, zoneless bool) (time.Time, error) {
	if len(s) > 40 {
		return time.Time{}, errors.New("the timestamp is no RFC 3339 time")
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil && zoneless {
		t, err = time.Parse(time.RFC3339Nano, zoned(s))
	}
	t = t.UTC()
	if err != nil || t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, errors.New("the timestamp is no RFC 3339 time")
	}
	return t.Truncate(time.Microsecond), nil
}

// zoned appends UTC to a time without a zone, and gives the blank between date
// and time that Python's str() prints its T.
func zoned(s string) string {
	if len(s) < 19 || s[4] != '-' || s[13] != ':' || strings.ContainsAny(s[19:], "Zz+-") {
		return s
	}
	if s[10] == ' ' {
		s = s[:10] + "T" + s[11:]
	}
	return s + "Z"
}

// check refuses metadata that may not be written in f.
func (md Metadata) check(f Format) error {
	if f.cloudEvents() {
		if err := checkText(md.ID, true); err != nil {
			return fmt.Errorf("event id %w", err)
		}
	} else if !isUUID(md.ID) {
		return fmt.Errorf("event id %.40q is not a UUID", md.ID)
	}
	for _, other := range []struct{ name, id string }{
		{"correlation id", md.CorrelationID}, {"causation id", md.CausationID},
	} {
		if err := checkText(other.id, false); err != nil {
			return fmt.Errorf("%s %w", other.name, err)
		}
		if f == FormatFlat && other.id != "" && !isUUID(other.id) {
			return fmt.Errorf("%s %.40q is not a UUID, which the flat format needs", other.name, other.id)
		}
	}
	if err := checkText(md.Source, f.cloudEvents()); err != nil {
		return fmt.Errorf("source %w: give it with WithSource", err)
	}
	if _, err := url.Parse(md.Source); err != nil {
		return errors.New("source is no URI-reference")
	}
	if md.Time.Year() < 1 || md.Time.Year() > 9999 {
		return errors.New("time is outside the years 1 to 9999")
	}
	return nil
}
