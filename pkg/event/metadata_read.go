package event

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/headername"
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
		w.spec = err == nil
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

// text is value with the checks that hold for all metadata.
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

// value is the text of a piece of metadata; null means the same as absent.
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
	// A part of the one string that the metadata share: see share.
	case w.head != "" && bytes.IndexByte(raw, '\\') < 0:
		return w.head[m.value+1-w.headAt : m.end-1-w.headAt], true, nil
	}
	s, err = text(raw)
	return s, err == nil, err
}

// wireVersion is a version as metadata has it. The major leads to the contract;
// the revision is for people, since all revisions of a major read each other.
type wireVersion struct{ major, revision int }

// parseVersion reads "<major>.<revision>": decimal, no sign, no leading zero, so
// that a version is one text only and can be compared as text.
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
