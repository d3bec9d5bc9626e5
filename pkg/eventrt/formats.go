package eventrt

import (
	"net/netip"
	"strings"
)

// Formats of texts, as protovalidate's rules of their names mean them. Those that are as
// free as a URI accept here what is surely one; the reference decides about the rest.

// IsUUID is string.uuid: 36 characters, in any case.
func IsUUID(s string) bool {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return false
	}
	return isHex(s[:8]) && isHex(s[9:13]) && isHex(s[14:18]) && isHex(s[19:23]) && isHex(s[24:])
}

// IsTUUID is string.tuuid: a UUID without dashes.
func IsTUUID(s string) bool { return len(s) == 32 && isHex(s) }

func isHex(s string) bool {
	var bad int8 // negative if a digit was
	for i := range len(s) {
		bad |= hexValue[s[i]]
	}
	return bad >= 0
}

// IsULID is string.ulid: 26 characters of Crockford's alphabet.
func IsULID(s string) bool {
	if len(s) != 26 || s[0] < '0' || s[0] > '7' {
		return false
	}
	for i := 1; i < len(s); i++ {
		c := s[i] | 0x20
		if digit := s[i] >= '0' && s[i] <= '9'; !digit && (!letter(s[i]) || c == 'i' || c == 'l' || c == 'o' || c == 'u') {
			return false
		}
	}
	return true
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func alphanumeric(c byte) bool { return letter(c) || c >= '0' && c <= '9' }

// IsEmail is string.email: what a browser takes for one.
// https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
func IsEmail(s string) bool {
	at := strings.IndexByte(s, '@')
	if at < 1 {
		return false
	}
	for i := range at {
		if !alphanumeric(s[i]) && strings.IndexByte(".!#$%&'*+/=?^_`{|}~-", s[i]) < 0 {
			return false
		}
	}
	return labels(s[at+1:])
}

// labels reports whether s is labels of a domain with dots between them: up to 63 letters,
// digits and hyphens, which are not at its ends.
func labels(s string) bool {
	for more := true; more; {
		var one string
		one, s, more = strings.Cut(s, ".")
		if one == "" || len(one) > 63 || one[0] == '-' || one[len(one)-1] == '-' {
			return false
		}
		for i := range len(one) {
			if !alphanumeric(one[i]) && one[i] != '-' {
				return false
			}
		}
	}
	return true
}

// IsHostname is string.hostname. Its last label is not all digits.
func IsHostname(s string) bool {
	if len(s) > 253 { // without a dot at its end it may be longer
		return false
	}
	s = strings.TrimSuffix(s, ".")
	last := s[strings.LastIndexByte(s, '.')+1:]
	return labels(s) && strings.Trim(last, "0123456789") != ""
}

// IsIP is string.ip. A zone is left to the reference.
func IsIP(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Zone() == ""
}

// IsIPv4 is string.ipv4.
func IsIPv4(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is4()
}

// IsIPv6 is string.ipv6. A zone is left to the reference.
func IsIPv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6() && a.Zone() == ""
}

// IsAddress is string.address: a host's name or IP address.
func IsAddress(s string) bool { return IsHostname(s) || IsIP(s) }

// IsURI is string.uri. It takes a scheme, a host with a port, and characters that need no
// escape, as most have them.
func IsURI(s string) bool {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || scheme == "" || !letter(scheme[0]) {
		return false
	}
	for i := range len(scheme) {
		if !alphanumeric(scheme[i]) {
			return false
		}
	}
	host, path := rest, ""
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	host, port, ok := strings.Cut(host, ":")
	return labels(host) && (!ok || port != "" && len(port) <= 5 && strings.Trim(port, "0123456789") == "") && isPath(path)
}

// IsURIRef is string.uri_ref. It takes a URI, or the path of one.
func IsURIRef(s string) bool {
	return IsURI(s) || strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//") && isPath(s)
}

// isPath reports whether s is a path with a query, of characters that stand for
// themselves.
func isPath(s string) bool {
	for i := range len(s) {
		if !alphanumeric(s[i]) && strings.IndexByte("-._~/?=&+,;:@!", s[i]) < 0 {
			return false
		}
	}
	return true
}

// LowerUUID is a UUID as it is written, in lower case. What is not one keeps its capitals.
func LowerUUID(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= 'A' && c <= 'F' && (IsUUID(s) || IsTUUID(s)) {
			return strings.ToLower(s)
		}
	}
	return s
}
