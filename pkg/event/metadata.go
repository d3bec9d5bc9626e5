package event

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
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
		if err := checkID(other.id, f); err != nil {
			return fmt.Errorf("%s %w", other.name, err)
		}
	}
	if md.Source != "" || f.cloudEvents() {
		if err := CheckSource(md.Source); err != nil {
			return fmt.Errorf("source %w", err)
		}
	}
	if md.Time.Year() < 1 || md.Time.Year() > 9999 {
		return errors.New("time is outside the years 1 to 9999")
	}
	return nil
}

func (md *Metadata) checkID(f Format) error {
	if f.cloudEvents() {
		if err := checkAttribute(md.ID, true); err != nil {
			return fmt.Errorf("event id %w", err)
		}
	} else if !isUUID(md.ID) {
		return fmt.Errorf("event id %.40q is not a UUID, which the %s format needs", md.ID, f)
	}
	return nil
}

// checkID says what is wrong with a correlation or causation id in a format.
func checkID(id string, f Format) error {
	switch {
	case f == FormatFlat && !isUUID(id):
		return fmt.Errorf("%.40q is not a UUID, which the flat format needs: give the event one of its own", id)
	case f.cloudEvents():
		return checkAttribute(id, false)
	}
	return checkText(id, false)
}

// CheckSource says what is wrong with a source: it is a URI-reference (RFC 3986) of up to
// 256 characters, such as a service's name. url.Parse takes more, and the SDKs of
// CloudEvents take other parts of it.
func CheckSource(source string) error {
	if err := checkText(source, true); err != nil {
		return fmt.Errorf("%w: give a URI-reference of the service, such as its name", err)
	}
	if isPath(source) { // the names that services have need no parser, which allocates
		return nil
	}
	u, err := url.Parse(source)
	if err != nil || !isURI(source, strings.HasPrefix(u.Host, "[")) {
		return errors.New("is not a URI-reference: give the service's name, or a URI with other characters percent-encoded")
	}
	return nil
}

// isURI reports whether s has characters of a URI alone; brackets are those of an IPv6
// address.
func isURI(s string, brackets bool) bool {
	fragments := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', strings.IndexByte("-._~:/?@!$&'()*+,;=", c) >= 0:
		case (c == '[' || c == ']') && brackets:
		case c == '#':
			fragments++
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			i += 2
		default:
			return false
		}
	}
	return fragments <= 1
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

// checkAttribute is checkText for an attribute of CloudEvents (1.0, type system, String),
// which has neither control characters nor code points that are not characters.
func checkAttribute(s string, required bool) error {
	if err := checkText(s, required); err != nil {
		return err
	}
	for _, r := range s {
		if unicode.IsControl(r) || r >= 0xfdd0 && r <= 0xfdef || r&0xfffe == 0xfffe {
			return errors.New("contains a control character, which CloudEvents does not allow")
		}
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
