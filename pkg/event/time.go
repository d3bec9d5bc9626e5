package event

import (
	"errors"
	"time"
)

// appendTime writes RFC 3339 to the microsecond, always with six digits, as
// Python's isoformat does for most times. A layout of time.AppendFormat costs
// four times as much. t is in UTC, in the years 1 to 9999.
func appendTime(b []byte, t time.Time) []byte {
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	b = appendDigits(b, year, 4)
	b = appendDigits(append(b, '-'), int(month), 2)
	b = appendDigits(append(b, '-'), day, 2)
	b = appendDigits(append(b, 'T'), hour, 2)
	b = appendDigits(append(b, ':'), minute, 2)
	b = appendDigits(append(b, ':'), second, 2)
	b = appendDigits(append(b, '.'), t.Nanosecond()/1000, 6)
	return append(b, 'Z')
}

// appendDigits writes n with leading zeros.
func appendDigits(b []byte, n, width int) []byte {
	b = append(b, "000000"[:width]...)
	for i := len(b) - 1; n > 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return b
}

// parseTime reads RFC 3339; a flat record's time may lack a zone and is then
// UTC.
func parseTime(s string, utc bool) (time.Time, error) {
	// time.Parse would read any number of digits of a second.
	if len(s) > 40 {
		return time.Time{}, errors.New("the timestamp is not an RFC 3339 time")
	}
	if utc {
		s = zoned(s)
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	t = t.UTC()
	if err != nil || t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, errors.New("the timestamp is not an RFC 3339 time")
	}
	return t.Truncate(time.Microsecond), nil
}

// A Python service that calls datetime.utcnow() or datetime.now() writes times
// without a zone; Pydantic takes them. The flat format reads them as UTC, in the
// payload too; the other formats refuse them, as RFC 3339 does.

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
