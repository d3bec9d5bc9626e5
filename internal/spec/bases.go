package spec

import (
	"slices"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/suggest"
)

// quantity is what the bounds of a type count.
type quantity int

const (
	nothing quantity = iota // no bounds
	integer                 // a value
	decimal                 // a value that may have a fraction
	length
	count
)

// trait is what the language can say about a base.
type trait struct {
	base     Base
	python   []string // other spellings
	bounds   quantity
	max      int  // upper bound of a length or count if nobody gives one; 0 for none
	in       bool // in[…]
	regex    bool // ~/…/
	defaults bool // = value
	loose    bool // a message in protobuf, so that two cannot be compared for a set
	advice   string
}

// traits are in the order of docs/generator.md, which a test compares with them.
var traits = []trait{
	{base: UUID, python: []string{"uuid", "uuid.UUID"}, defaults: true},
	{base: Str, python: []string{"string"}, bounds: length, max: DefaultMaxText, in: true, regex: true, defaults: true},
	{base: Int, python: []string{"integer", "int32"}, bounds: integer, in: true, defaults: true},
	{base: Int64, bounds: integer, in: true, defaults: true},
	{base: Float, python: []string{"double", "number"}, bounds: decimal, in: true, defaults: true},
	{base: Bool, python: []string{"boolean"}, defaults: true},
	{base: Datetime, python: []string{"datetime.datetime", "AwareDatetime", "timestamp"}, loose: true},
	{base: Date, python: []string{"datetime.date"}, defaults: true},
	{base: Duration, python: []string{"timedelta", "datetime.timedelta"}, loose: true},
	{base: Email, python: []string{"EmailStr"}, bounds: length, defaults: true},
	{base: URL, python: []string{"AnyUrl", "HttpUrl", "AnyHttpUrl", "uri"}, bounds: length, defaults: true},
	{base: IP, python: []string{"IPvAnyAddress"}, defaults: true},
	{base: Host, python: []string{"hostname"}, bounds: length, defaults: true},
	{base: Slug, bounds: length, max: DefaultMaxSlug, defaults: true},
	{base: Bytes, bounds: length, max: DefaultMaxBytes},
	{base: Decimal, python: []string{"Decimal", "decimal.Decimal"}, defaults: true, advice: "a decimal is text: use float or int for a bounded number"},
	{base: Any, python: []string{"any", "typing.Any"}, loose: true},
	{base: Dict, python: []string{"Dict", "typing.Dict"}, bounds: count, max: DefaultMaxItems, loose: true},
	{base: List, python: []string{"List", "typing.List"}, bounds: count, max: DefaultMaxItems},
	{base: Set, python: []string{"Set", "typing.Set"}, bounds: count, max: DefaultMaxItems},
	{base: Enum, defaults: true},
	{base: Message, loose: true},
}

var (
	traitOf   = map[Base]*trait{}
	spellings = map[string]Base{} // every spelling but that of messages
)

func init() {
	for i := range traits {
		t := &traits[i]
		traitOf[t.base] = t
		if t.base == Message {
			continue
		}
		for _, s := range append([]string{string(t.base)}, t.python...) {
			spellings[s] = t.base
		}
	}
}

// Spelling is a base with what else it may be called.
type Spelling struct {
	Base  Base
	Other []string
}

// Spellings are the bases with their other spellings, in the order of the
// documentation.
func Spellings() []Spelling {
	var out []Spelling
	for _, t := range traits {
		out = append(out, Spelling{t.base, slices.Clone(t.python)})
	}
	return out
}

// wrappers are Python's words around a type.
var wrappers = map[string]string{
	"Optional": "Optional", "typing.Optional": "Optional",
	"Union": "Union", "typing.Union": "Union",
	"Literal": "Literal", "typing.Literal": "Literal",
}

// maxSuggested is the length, in bytes, above which a word is no misspelt type.
const maxSuggested = 40

// suggestion is what somebody meant who wrote an unknown type: `did you mean
// "str"?`, or what there is.
func suggestion(word string, messages []string) string {
	if len(word) <= maxSuggested {
		var known []string
		for _, t := range traits {
			if t.base != Message {
				known = append(append(known, string(t.base)), t.python...)
			}
		}
		if names := suggest.Near(word, append(known, messages...)); len(names) > 0 {
			meant := names[0]
			if b, ok := spellings[meant]; ok {
				meant = string(b)
			}
			return "did you mean " + quote(meant) + "?"
		}
	}
	return "types are " + Types() + " or a message's name"
}

// Types are the names of all types, as a person reads them.
func Types() string {
	var names []string
	for _, t := range traits {
		switch t.base {
		case Message:
		case List, Set, Enum:
			names = append(names, string(t.base)+"[…]")
		default:
			names = append(names, string(t.base))
		}
	}
	return strings.Join(names, ", ")
}

// isMessageName reports whether a word is spelt as a message's name: CamelCase,
// with a package or an outer message before it or not.
func isMessageName(word string) bool {
	parts := strings.Split(word, ".")
	for _, p := range parts {
		if p == "" || !isLetter(p[0]) || strings.ContainsFunc(p, func(r rune) bool { return !isWord(r) }) {
			return false
		}
	}
	last := parts[len(parts)-1]
	return last[0] >= 'A' && last[0] <= 'Z'
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// isWord are the characters of protobuf's identifiers.
func isWord(r rune) bool {
	return r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}
