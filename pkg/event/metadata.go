package event

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Metadata is what every event says about itself.
type Metadata struct {
	// ID identifies the event: a UUID in the envelope and flat formats, any
	// text of up to 256 characters in CloudEvents.
	ID string
	// Type is the contract's wire type.
	Type string
	// Version is "<major>.<revision>" of the contract it was written with.
	Version string
	// Time is when the event was made, in UTC, to the microsecond.
	Time time.Time
	// CorrelationID joins all events that one root event caused. Empty if the
	// writer gave none.
	CorrelationID string
	// CausationID is the id of the event whose handling made this one.
	CausationID string
	// Source is a URI-reference of the producing service.
	Source string
}

// check refuses metadata that may not be written in f: readers would refuse the
// record, or a CloudEvents SDK would. An id of our own making needs no check.
// Errors show the ids, which are metadata and no secret, cut to a line.
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
	// The names that services have need no parser, which allocates.
	if !isPath(md.Source) {
		if _, err := url.Parse(md.Source); err != nil {
			return errors.New("source is not a URI-reference")
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

// maxText is the longest text of metadata that is not a UUID, in characters: it
// bounds what is repeated in logs, headers and dead letters.
const maxText = 256

// checkText says what is wrong with a text of metadata. NUL is refused because
// PostgreSQL does not store it, and C programs end a text there.
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

// isUUID accepts the 36-character form in any case, and no other: uuid.Parse
// would also take braces, a URN and 32 digits, of which parsers of other languages
// take only some.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	_, err := uuid.Parse(s)
	return err == nil
}
