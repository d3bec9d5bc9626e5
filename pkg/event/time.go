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

// timeForm is how a time was written.
type timeForm uint8

const (
	noTime    timeForm = iota // it is not a time
	ownTime                   // as protojson writes and reads it
	otherTime                 // RFC 3339 otherwise, or without a zone where that is UTC
	cutTime                   // with digits of a second that a nanosecond cannot hold
)

// maxTime is the longest text of a time: RFC 3339 allows any number of digits of a
// second.
const maxTime = 64

// readTime reads RFC 3339, and nothing else: time.Parse takes an hour of one digit, a
// comma before the fraction and offsets of 24 hours, and refuses what section 5.6 of the
// RFC allows, t and z and a blank in place of T. With utc, a time without a zone is in
// UTC: Python services that call datetime.utcnow() or now() write such times, and
// Pydantic takes them. The year is 1 to 9999, in UTC too, as in protobuf and Python.
func readTime(s string, utc bool) (time.Time, timeForm) {
	const layout = "dddd-dd-ddTdd:dd:dd"
	if len(s) < len(layout) || len(s) > maxTime {
		return time.Time{}, noTime
	}
	form := ownTime
	for i := range len(layout) {
		switch c := s[i]; layout[i] {
		case 'd':
			if c < '0' || c > '9' {
				return time.Time{}, noTime
			}
		case 'T':
			switch c {
			case 'T':
			case 't', ' ':
				form = otherTime
			default:
				return time.Time{}, noTime
			}
		default:
			if c != layout[i] {
				return time.Time{}, noTime
			}
		}
	}
	year, month, day := number(s[0:4]), number(s[5:7]), number(s[8:10])
	hour, minute, second := number(s[11:13]), number(s[14:16]), number(s[17:19])
	nanos, rest, fraction := readFraction(s[len(layout):])
	offset, zone := readOffset(rest, utc)
	if fraction == noTime || zone == noTime || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, noTime
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC)
	if t.Month() != time.Month(month) || t.Day() != day || month == 0 { // February 30 is in March
		return time.Time{}, noTime
	}
	t = t.Add(-offset)
	if year == 0 || t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, noTime
	}
	return t, max(form, zone, fraction)
}

// number reads digits that have been looked at.
func number(s string) (n int) {
	for i := range len(s) {
		n = 10*n + int(s[i]-'0')
	}
	return n
}

// readFraction reads the fraction of a second, which may be missing.
func readFraction(s string) (nanos int, rest string, form timeForm) {
	if s == "" || s[0] != '.' {
		return 0, s, ownTime
	}
	n := 1
	form = ownTime
	for ; n < len(s) && s[n] >= '0' && s[n] <= '9'; n++ {
		switch {
		case n <= 9:
			nanos = 10*nanos + int(s[n]-'0')
		case s[n] != '0':
			form = cutTime
		default:
			form = max(form, otherTime)
		}
	}
	if n == 1 {
		return 0, s, noTime
	}
	for i := n; i <= 9; i++ {
		nanos *= 10
	}
	return nanos, s[n:], form
}

// readOffset reads the zone, which is all that is left of a time.
func readOffset(s string, utc bool) (time.Duration, timeForm) {
	switch {
	case s == "Z":
		return 0, ownTime
	case s == "z", s == "" && utc:
		return 0, otherTime
	case len(s) != len("+00:00") || s[0] != '+' && s[0] != '-' || s[3] != ':':
		return 0, noTime
	}
	for _, i := range [...]int{1, 2, 4, 5} {
		if s[i] < '0' || s[i] > '9' {
			return 0, noTime
		}
	}
	hours, minutes := number(s[1:3]), number(s[4:6])
	if hours > 23 || minutes > 59 {
		return 0, noTime
	}
	offset := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if s[0] == '-' {
		offset = -offset
	}
	return offset, ownTime
}

// parseTime reads the time of metadata, which is cut to the microsecond. One without a
// zone is UTC in the flat format alone.
func parseTime(s string, utc bool) (time.Time, error) {
	t, form := readTime(s, utc)
	if form == noTime {
		return time.Time{}, errors.New("the timestamp is not an RFC 3339 time")
	}
	return t.Truncate(time.Microsecond), nil
}
