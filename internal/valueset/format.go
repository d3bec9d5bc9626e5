package valueset

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// wellKnown says of a format of text what can be told without an engine: which formats
// hold it whole, how long its texts are, and some of them. grow makes one of n
// characters, where the format has long ones.
type wellKnown struct {
	words       string
	within      []string
	least, most uint64 // characters, which are bytes where most is given
	texts       []string
	grow        func(n int) string
}

const endless = math.MaxInt32

// wellKnowns are the formats of StringRules.well_known, by the names of their rules.
// The empty text has the formats that say least: 0.
var wellKnowns = map[string]wellKnown{
	"email": {
		words: "an email address", least: 3, most: endless, texts: []string{"a@b.example"},
		grow: func(n int) string { return pad("", n-len("@b.example"), "@b.example") },
	},
	"hostname": {words: "a host name", within: []string{"address"}, least: 1, most: 253, texts: []string{"a.example", "a"}, grow: host},
	"ip":       {words: "an IP address", within: []string{"address"}, least: 2, most: endless, texts: []string{"192.0.2.1", "2001:db8::1", "fe80::1%eth0"}},
	"ipv4":     {words: "an IPv4 address", within: []string{"ip", "address"}, least: 7, most: 15, texts: []string{"192.0.2.1", "198.51.100.100"}},
	"ipv6":     {words: "an IPv6 address", within: []string{"ip", "address"}, least: 2, most: endless, texts: []string{"2001:db8::1", "::"}},
	"address":  {words: "a host name or an IP address", least: 1, most: endless, texts: []string{"a.example", "192.0.2.1", "2001:db8::1"}, grow: host},
	"uri": {
		words: "a URI", within: []string{"uri_ref"}, least: 2, most: endless, texts: []string{"https://a.example/b", "urn:a:b"},
		grow: func(n int) string { return pad("https://a.example/", n-len("https://a.example/"), "") },
	},
	"uri_ref": {
		words: "a URI reference", least: 0, most: endless, texts: []string{"/a", "https://a.example/b", ""},
		grow: func(n int) string { return pad("/", n-1, "") },
	},
	"uuid":  {words: "a UUID", least: 36, most: 36, texts: []string{"123e4567-e89b-12d3-a456-426614174000", "123E4567-E89B-12D3-A456-426614174000"}},
	"tuuid": {words: "a UUID without hyphens", least: 32, most: 32, texts: []string{"123e4567e89b12d3a456426614174000"}},
	"ulid":  {words: "a ULID", least: 26, most: 26, texts: []string{"01ARZ3NDEKTSV4RRFFQ69G5FAV"}},
	// A prefix says that the bits behind it are zero, and is one with a length.
	"ip_with_prefixlen":   {words: "an IP address with its prefix length", least: 4, most: endless, texts: []string{"192.0.2.1/24", "2001:db8::1/64"}},
	"ipv4_with_prefixlen": {words: "an IPv4 address with its prefix length", within: []string{"ip_with_prefixlen"}, least: 9, most: 18, texts: []string{"192.0.2.1/24"}},
	"ipv6_with_prefixlen": {words: "an IPv6 address with its prefix length", within: []string{"ip_with_prefixlen"}, least: 4, most: endless, texts: []string{"2001:db8::1/64"}},
	"ip_prefix":           {words: "an IP prefix", within: []string{"ip_with_prefixlen"}, least: 4, most: endless, texts: []string{"192.0.2.0/24", "2001:db8::/64"}},
	"ipv4_prefix":         {words: "an IPv4 prefix", within: []string{"ip_prefix", "ipv4_with_prefixlen", "ip_with_prefixlen"}, least: 9, most: 18, texts: []string{"192.0.2.0/24"}},
	"ipv6_prefix":         {words: "an IPv6 prefix", within: []string{"ip_prefix", "ipv6_with_prefixlen", "ip_with_prefixlen"}, least: 4, most: endless, texts: []string{"2001:db8::/64"}},
	"host_and_port":       {words: "a host and a port", least: 3, most: endless, texts: []string{"a.example:80", "[::1]:80"}},
	"protobuf_fqn": {
		words: "a full name of protobuf", least: 1, most: endless, texts: []string{"a.B"},
		grow: func(n int) string { return pad("", n, "") },
	},
	"protobuf_dot_fqn": {
		words: "a full name of protobuf with a leading dot", least: 2, most: endless, texts: []string{".a.B"},
		grow: func(n int) string { return pad(".", n-1, "") },
	},
	// well_known_regex, by its value and strict.
	"header_name": {
		words: "the name of an HTTP header", within: []string{"loose_header_name", "header_value", "loose_header_value"}, least: 1, most: endless, texts: []string{"X-A", ":a"},
		grow: func(n int) string { return pad("", n, "") },
	},
	"loose_header_name": {
		words: "the name of an HTTP header, loosely", within: []string{"loose_header_value"}, least: 1, most: endless, texts: []string{"X-A", "a b", "\t"},
		grow: func(n int) string { return pad("", n, "") },
	},
	"header_value": {
		words: "the value of an HTTP header", within: []string{"loose_header_value"}, least: 0, most: endless, texts: []string{"a b", ""},
		grow: func(n int) string { return pad("", n, "") },
	},
	"loose_header_value": {
		words: "the value of an HTTP header, loosely", least: 0, most: endless, texts: []string{"a b", "\x01", ""},
		grow: func(n int) string { return pad("", n, "") },
	},
}

// pad is front and back with letters between them.
func pad(front string, n int, back string) string {
	return front + strings.Repeat("a", max(n, 0)) + back
}

// host is a host name of n characters, in labels of at most 63.
func host(n int) string {
	var b strings.Builder
	for i := range n {
		if i%60 == 59 && i < n-1 {
			b.WriteByte('.')
			continue
		}
		b.WriteByte('a')
	}
	return b.String()
}

// format is a rule of StringRules.well_known.
type format struct {
	name string
	of   string // key of wellKnowns
}

func (f format) rule() string  { return f.name }
func (f format) words() string { return wellKnowns[f.of].words }

// holds knows of the empty text and of lengths alone: what has the format is the
// engine's to say.
func (f format) holds(v Value) answer {
	w := wellKnowns[f.of]
	n := uint64(len(v.text))
	if n < w.least || w.most != endless && n > w.most {
		return no
	}
	if v.text == "" {
		return yes
	}
	return unknown
}

func (f format) follows(s *Set) bool {
	return slices.ContainsFunc(s.facets, func(g facet) bool {
		own, ok := g.(format)
		return ok && (own.of == f.of || slices.Contains(wellKnowns[own.of].within, f.of))
	}) || s.each(f)
}

func (f format) narrow(s *Set) {
	w := wellKnowns[f.of]
	lengthOf(f.name, octets, w.least, w.most).narrow(s)
	lengthOf(f.name, characters, (w.least+3)/4, w.most).narrow(s)
	if w.most != endless { // these are ASCII
		lengthOf(f.name, characters, w.least, w.most).narrow(s)
	}
}

func (f format) against(s *Set) ([]Value, bool) { return s.samples() }

// formatOf reads the member of well_known that is set.
func formatOf(in reading, name string) []facet {
	v, ok := in.get(name)
	if !ok {
		return nil
	}
	of := name
	if name == "well_known_regex" {
		switch v.Enum() {
		case 0:
			return nil // unspecified accepts everything
		case 1:
			of = "header_name"
		case 2:
			of = "header_value"
		default:
			return []facet{in.unknown(name, fmt.Sprintf("well_known_regex %d is not known here", v.Enum()))}
		}
		if strict, ok := in.get("strict"); ok && !strict.Bool() {
			of = "loose_" + of
		}
	} else if !v.Bool() {
		return nil // uuid: false accepts everything
	}
	return []facet{format{in.name(name), of}}
}
