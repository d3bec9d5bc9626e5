package spec

import (
	"net/netip"
	"strings"
	"time"
)

// Patterns of the texts for which protovalidate has no rule of its own.
const (
	DatePattern    = `^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`
	SlugPattern    = `^[a-z0-9]+(-[a-z0-9]+)*$`
	DecimalPattern = `^-?[0-9]{1,40}([.][0-9]{1,40})?$`
)

// formats check a default. Each takes no text that the contract's own rule would
// refuse; some take less, such as a domain of one label in an address.
var formats = map[Base]func(string) bool{
	UUID: isUUID, Date: isDate, Email: isEmail, URL: isURL, IP: isIP, Host: isHost, Slug: isSlug, Decimal: isDecimal,
}

// examples are what an error shows beside a default that is none.
var examples = map[Base]string{
	UUID: "75c3a7cf-305a-4632-99f7-e2a7eeb089cb", Date: "2026-12-24", Email: "ada@example.com", URL: "https://example.com/a",
	IP: "192.0.2.1", Host: "example.com", Slug: "first-steps", Decimal: "12.50",
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch i {
		case 8, 13, 18, 23:
			if s[i] != '-' {
				return false
			}
		default:
			if !strings.ContainsRune("0123456789abcdefABCDEF", rune(s[i])) {
				return false
			}
		}
	}
	return true
}

func isDate(s string) bool {
	t, err := time.Parse(time.DateOnly, s)
	return err == nil && t.Format(time.DateOnly) == s
}

func isEmail(s string) bool {
	local, host, ok := strings.Cut(s, "@")
	return ok && local != "" && isHost(host) && strings.Contains(host, ".") &&
		strings.IndexFunc(local, func(r rune) bool { return !isWord(r) && !strings.ContainsRune(".+-", r) }) < 0
}

func isURL(s string) bool {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || scheme == "" || strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyz") != "" {
		return false
	}
	host, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	host, port, hasPort := strings.Cut(host, ":")
	return isHost(host) && (!hasPort || port != "" && len(port) < 6 && strings.Trim(port, "0123456789") == "") && strings.Count(path, "#") <= 1 &&
		strings.IndexFunc(path, func(r rune) bool { return !isWord(r) && !strings.ContainsRune("-.~/?#=&+,;:@!$", r) }) < 0
}

func isIP(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Zone() == ""
}

func isHost(s string) bool {
	labels := strings.Split(s, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' ||
			strings.IndexFunc(l, func(r rune) bool { return !isWord(r) && r != '-' || r == '_' }) >= 0 {
			return false
		}
	}
	return len(s) <= 253 && strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

func isSlug(s string) bool {
	for _, part := range strings.Split(s, "-") {
		if part == "" || strings.Trim(part, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			return false
		}
	}
	return true
}

func isDecimal(s string) bool {
	whole, fraction, ok := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	return isDigits(whole) && (!ok || isDigits(fraction))
}

func isDigits(s string) bool { return s != "" && len(s) <= 40 && strings.Trim(s, "0123456789") == "" }
