package eventrt

// Times of RFC 3339, in the years 1 to 9999, by the proleptic Gregorian calendar: as
// protobuf's Timestamp has them.

// Seconds since 1970 of the first second of year 1, and of the last of year 9999.
const (
	minSeconds = -62135596800
	maxSeconds = 253402300799
)

const daySeconds = 24 * 60 * 60

// daysOf is the number of a day since 1970-01-01. Years are counted from March, so that a
// leap day is the last of its year; 719468 days lie between March 1 of year 0 and 1970.
func daysOf(year, month, day int) int {
	if month <= 2 {
		year--
		month += 12
	}
	inEra := year - floor(year, 400)*400
	ofYear := (153*(month-3)+2)/5 + day - 1
	return floor(year, 400)*146097 + 365*inEra + inEra/4 - inEra/100 + ofYear - 719468
}

// dateOf is the day of a number of daysOf.
func dateOf(days int) (year, month, day int) {
	days += 719468
	era := floor(days, 146097)
	in := days - era*146097 // of 400 years
	years := (in - in/1460 + in/36524 - in/146096) / 365
	ofYear := in - (365*years + years/4 - years/100)
	m := (5*ofYear + 2) / 153
	day = ofYear - (153*m+2)/5 + 1
	if month = m + 3; month > 12 {
		month -= 12
		years++
	}
	return years + era*400, month, day
}

// floor is a/b, rounded down. b is positive.
func floor(a, b int) int {
	if a < 0 {
		a -= b - 1
	}
	return a / b
}

// daysIn is how many days a month has.
func daysIn(year, month int) int {
	switch {
	case month == 2 && (year%4 != 0 || year%100 == 0 && year%400 != 0):
		return 28
	case month == 2:
		return 29
	case month == 4 || month == 6 || month == 9 || month == 11:
		return 30
	}
	return 31
}

// appendCivil writes a time in UTC with 0, 3, 6 or 9 digits of a second, as protojson does.
func appendCivil(b []byte, seconds int64, nanos int32) []byte {
	// int has 32 bits on some machines: it holds days, and not seconds.
	days := seconds / daySeconds
	if seconds%daySeconds < 0 {
		days--
	}
	left := int(seconds - days*daySeconds)
	year, month, day := dateOf(int(days))
	hour, minute, second := left/3600, left/60%60, left%60
	b = append(b,
		digit(year/1000), digit(year/100), digit(year/10), digit(year), '-', digit(month/10), digit(month), '-', digit(day/10), digit(day), 'T',
		digit(hour/10), digit(hour), ':', digit(minute/10), digit(minute), ':', digit(second/10), digit(second))
	return append(appendNanos(b, nanos), 'Z')
}

func digit(n int) byte { return byte('0' + n%10) }

// appendNanos writes a fraction of a second with 0, 3, 6 or 9 digits.
func appendNanos(b []byte, nanos int32) []byte {
	if nanos == 0 {
		return b
	}
	width, n := 9, int(nanos)
	for n%1000 == 0 {
		n /= 1000
		width -= 3
	}
	b = append(b, ".000000000"[:1+width]...)
	for i := len(b) - 1; n > 0; i-- {
		b[i] = digit(n)
		n /= 10
	}
	return b
}

// ParseTime reads a time with a zone, or also without one if that means UTC. It is false
// for every other form that RFC 3339 allows, which the reference reads, and for what is
// not a time.
func ParseTime(s []byte, utc bool) (seconds int64, nanos int32, ok bool) {
	const layout = len("2006-01-02T15:04:05")
	if len(s) < layout || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' {
		return 0, 0, false
	}
	century, y1 := two(s[0], s[1])
	years, y2 := two(s[2], s[3])
	month, ok1 := two(s[5], s[6])
	day, ok2 := two(s[8], s[9])
	hour, ok3 := two(s[11], s[12])
	minute, ok4 := two(s[14], s[15])
	second, ok5 := two(s[17], s[18])
	year := 100*century + years
	if !y1 || !y2 || !ok1 || !ok2 || !ok3 || !ok4 || !ok5 || year < 1 || month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59 {
		return 0, 0, false
	}
	if day > 28 && day > daysIn(year, month) {
		return 0, 0, false
	}
	nanos, rest, ok := parseNanos(s[layout:])
	if !ok {
		return 0, 0, false
	}
	seconds = int64(daysOf(year, month, day))*daySeconds + int64(hour*3600+minute*60+second)
	switch {
	case len(rest) == 1 && rest[0] == 'Z', len(rest) == 0 && utc:
	case len(rest) == len("+00:00") && (rest[0] == '+' || rest[0] == '-') && rest[3] == ':':
		hours, ok1 := two(rest[1], rest[2])
		minutes, ok2 := two(rest[4], rest[5])
		if !ok1 || !ok2 || hours > 23 || minutes > 59 {
			return 0, 0, false
		}
		offset := int64(hours*3600 + minutes*60)
		if rest[0] == '+' {
			offset = -offset
		}
		seconds += offset
	default:
		return 0, 0, false
	}
	return seconds, nanos, seconds >= minSeconds && seconds <= maxSeconds
}

// two reads two digits.
func two(a, b byte) (int, bool) {
	a, b = a-'0', b-'0'
	return int(a)*10 + int(b), a <= 9 && b <= 9
}

// parseNanos reads a fraction of up to nine digits, which may be missing.
func parseNanos(s []byte) (nanos int32, rest []byte, ok bool) {
	if len(s) == 0 || s[0] != '.' {
		return 0, s, true
	}
	n := 1
	for ; n < len(s) && n <= 9 && s[n] >= '0' && s[n] <= '9'; n++ {
		nanos = 10*nanos + int32(s[n]-'0')
	}
	for i := n; i <= 9; i++ {
		nanos *= 10
	}
	return nanos, s[n:], n > 1
}
