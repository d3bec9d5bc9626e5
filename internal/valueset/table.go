package valueset

import (
	"math"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Direction is how the set of accepted values moves when a rule's value does. It is for
// people; which set it is, is computed.
type Direction string

const (
	// Upper is a bound from above: lower accepts less.
	Upper Direction = "upper bound: lowered, it accepts less"
	// Lower is a bound from below: raised, it accepts less.
	Lower Direction = "lower bound: raised, it accepts less"
	// Exact is one value or length: changed, it accepts others.
	Exact Direction = "exact: changed, it accepts others"
	// Allowed is a list of what is accepted: shorter accepts less.
	Allowed Direction = "list of what is accepted: shorter, it accepts less"
	// Forbidden is a list of what is refused: longer accepts less.
	Forbidden Direction = "list of what is refused: longer, it accepts less"
	// Part is a part that a text has or lacks: longer, a part that it has accepts less.
	Part Direction = "part of the text: compared as texts"
	// Flag is a demand that is made or not: made, it accepts less.
	Flag Direction = "demand: made, it accepts less"
	// Format is one of the well-known formats, some of which hold others.
	Format Direction = "format: holds the narrower formats"
	// Modifier changes what another rule says, and is read with it.
	Modifier Direction = "read with the rule that it modifies"
	// Inner are the rules of what is in a list or map.
	Inner Direction = "compared as a set of its own"
	// Nothing says that values are accepted whatever it is.
	Nothing Direction = "accepts everything"
	// Undecidable cannot be reasoned about: single values are tried.
	Undecidable Direction = "undecidable"
)

// Kind is one kind of rule: a field of a message of rules in validate.proto.
type Kind struct {
	Name      string // "StringRules.max_len"
	Direction Direction
	Reason    string // why it is undecidable

	read func(reading) []facet // nil if another kind reads it
}

// Table are all kinds of rules, as validate.proto has them.
func Table() []Kind { return slices.Clone(table) }

var table = slices.Concat(
	// What any field may have.
	[]Kind{
		{Name: "FieldRules.required", Direction: Flag},
		{Name: "FieldRules.ignore", Direction: Modifier},
		{Name: "FieldRules.cel", Direction: Undecidable, Reason: whyCEL, read: celRules},
		{Name: "FieldRules.cel_expression", Direction: Undecidable, Reason: whyCEL, read: celExpressions},
		{Name: "PredefinedRules.cel", Direction: Undecidable, Reason: "an expression may say anything: the rule is known by its value and its expressions"},
		{Name: "MessageRules.cel", Direction: Undecidable, Reason: whyCEL},
		{Name: "MessageRules.cel_expression", Direction: Undecidable, Reason: whyCEL},
		{Name: "MessageRules.oneof", Direction: Flag},
		{Name: "MessageOneofRule.fields", Direction: Allowed},
		{Name: "MessageOneofRule.required", Direction: Flag},
		{Name: "OneofRules.required", Direction: Flag},
	},

	// Numbers: bounds are read together, since lt below gt means what is outside.
	numbers("FloatRules"), []Kind{{Name: "FloatRules.finite", Direction: Flag, read: finite}},
	numbers("DoubleRules"), []Kind{{Name: "DoubleRules.finite", Direction: Flag, read: finite}},
	numbers("Int32Rules"), numbers("Int64Rules"), numbers("UInt32Rules"), numbers("UInt64Rules"),
	numbers("SInt32Rules"), numbers("SInt64Rules"), numbers("Fixed32Rules"), numbers("Fixed64Rules"),
	numbers("SFixed32Rules"), numbers("SFixed64Rules"),
	[]Kind{
		{Name: "BoolRules.const", Direction: Exact, read: onLine("const", allowed)},
		{Name: "BoolRules.example", Direction: Nothing},

		{Name: "EnumRules.const", Direction: Exact, read: onLine("const", allowed)},
		{Name: "EnumRules.defined_only", Direction: Flag, read: definedOnly},
		{Name: "EnumRules.in", Direction: Allowed, read: onLine("in", allowed)},
		{Name: "EnumRules.not_in", Direction: Forbidden, read: onLine("not_in", forbidden)},
		{Name: "EnumRules.example", Direction: Nothing},
	},

	// Texts. Lengths are counted in characters (code points) and in bytes.
	[]Kind{
		{Name: "StringRules.const", Direction: Exact, read: oneOf("const")},
		{Name: "StringRules.len", Direction: Exact, read: counted("len", characters, true, true)},
		{Name: "StringRules.min_len", Direction: Lower, read: counted("min_len", characters, true, false)},
		{Name: "StringRules.max_len", Direction: Upper, read: counted("max_len", characters, false, true)},
		{Name: "StringRules.len_bytes", Direction: Exact, read: counted("len_bytes", octets, true, true)},
		{Name: "StringRules.min_bytes", Direction: Lower, read: counted("min_bytes", octets, true, false)},
		{Name: "StringRules.max_bytes", Direction: Upper, read: counted("max_bytes", octets, false, true)},
		{Name: "StringRules.pattern", Direction: Undecidable, Reason: whyPattern, read: matching},
		{Name: "StringRules.prefix", Direction: Part, read: having(prefix)},
		{Name: "StringRules.suffix", Direction: Part, read: having(suffix)},
		{Name: "StringRules.contains", Direction: Part, read: having(anywhere)},
		{Name: "StringRules.not_contains", Direction: Part, read: having(nowhere)},
		{Name: "StringRules.in", Direction: Allowed, read: oneOf("in")},
		{Name: "StringRules.not_in", Direction: Forbidden, read: noneOf("not_in")},
		{Name: "StringRules.strict", Direction: Modifier},
		{Name: "StringRules.example", Direction: Nothing},
	},
	formats("email", "hostname", "ip", "ipv4", "ipv6", "uri", "uri_ref", "address", "uuid", "tuuid",
		"ip_with_prefixlen", "ipv4_with_prefixlen", "ipv6_with_prefixlen", "ip_prefix", "ipv4_prefix", "ipv6_prefix",
		"host_and_port", "ulid", "protobuf_fqn", "protobuf_dot_fqn", "well_known_regex"),
	[]Kind{
		{Name: "BytesRules.const", Direction: Exact, read: oneOf("const")},
		{Name: "BytesRules.len", Direction: Exact, read: counted("len", octets, true, true)},
		{Name: "BytesRules.min_len", Direction: Lower, read: counted("min_len", octets, true, false)},
		{Name: "BytesRules.max_len", Direction: Upper, read: counted("max_len", octets, false, true)},
		{Name: "BytesRules.pattern", Direction: Undecidable, Reason: whyPattern, read: matching},
		{Name: "BytesRules.prefix", Direction: Part, read: having(prefix)},
		{Name: "BytesRules.suffix", Direction: Part, read: having(suffix)},
		{Name: "BytesRules.contains", Direction: Part, read: having(anywhere)},
		{Name: "BytesRules.in", Direction: Allowed, read: oneOf("in")},
		{Name: "BytesRules.not_in", Direction: Forbidden, read: noneOf("not_in")},
		// Formats of bytes are lengths: of an address 4 or 16 bytes, of a UUID 16.
		{Name: "BytesRules.ip", Direction: Format, read: sized("ip", 4, 16)},
		{Name: "BytesRules.ipv4", Direction: Format, read: sized("ipv4", 4)},
		{Name: "BytesRules.ipv6", Direction: Format, read: sized("ipv6", 16)},
		{Name: "BytesRules.uuid", Direction: Format, read: sized("uuid", 16)},
		{Name: "BytesRules.example", Direction: Nothing},
	},

	// Lists and maps.
	[]Kind{
		{Name: "RepeatedRules.min_items", Direction: Lower, read: counted("min_items", elements, true, false)},
		{Name: "RepeatedRules.max_items", Direction: Upper, read: counted("max_items", elements, false, true)},
		{Name: "RepeatedRules.unique", Direction: Flag, read: unrepeated},
		{Name: "RepeatedRules.items", Direction: Inner},
		{Name: "MapRules.min_pairs", Direction: Lower, read: counted("min_pairs", pairs, true, false)},
		{Name: "MapRules.max_pairs", Direction: Upper, read: counted("max_pairs", pairs, false, true)},
		{Name: "MapRules.keys", Direction: Inner},
		{Name: "MapRules.values", Direction: Inner},
	},

	// Well-known messages.
	[]Kind{
		{Name: "AnyRules.in", Direction: Allowed, read: oneOf("in")},
		{Name: "AnyRules.not_in", Direction: Forbidden, read: noneOf("not_in")},
		{Name: "FieldMaskRules.const", Direction: Exact, read: maskConst},
		{Name: "FieldMaskRules.in", Direction: Allowed, read: maskPaths("in", maskWithin)},
		{Name: "FieldMaskRules.not_in", Direction: Forbidden, read: maskPaths("not_in", maskOutside)},
		{Name: "FieldMaskRules.example", Direction: Nothing},
	},
	numbers("DurationRules"),
	slices.DeleteFunc(numbers("TimestampRules"), func(k Kind) bool { // which has no lists
		return k.Name == "TimestampRules.in" || k.Name == "TimestampRules.not_in"
	}),
	[]Kind{
		{Name: "TimestampRules.lt_now", Direction: Undecidable, Reason: whyNow, read: aboutNow("lt_now")},
		{Name: "TimestampRules.gt_now", Direction: Undecidable, Reason: whyNow, read: aboutNow("gt_now")},
		{Name: "TimestampRules.within", Direction: Undecidable, Reason: whyNow, read: aboutNow("within")},
	},
)

const (
	whyCEL     = "an expression may say anything: it is known by its text"
	whyPattern = "whether one regular expression accepts all that another does is not asked: it is known by its text"
	whyNow     = "its answer depends on when it is asked"
)

// numbers are the rules of an ordered type.
func numbers(of string) []Kind {
	return []Kind{
		{Name: of + ".const", Direction: Exact, read: onLine("const", allowed)},
		{Name: of + ".lt", Direction: Upper, read: func(r reading) []facet { return bounds(r, r.order()) }},
		{Name: of + ".lte", Direction: Upper, read: bothBounds("lt")},
		{Name: of + ".gt", Direction: Lower, read: bothBounds("lt", "lte")},
		{Name: of + ".gte", Direction: Lower, read: bothBounds("lt", "lte", "gt")},
		{Name: of + ".in", Direction: Allowed, read: onLine("in", allowed)},
		{Name: of + ".not_in", Direction: Forbidden, read: onLine("not_in", forbidden)},
		{Name: of + ".example", Direction: Nothing},
	}
}

// bothBounds reads bounds, unless one of the other kinds is set and has read them.
func bothBounds(others ...string) func(reading) []facet {
	return func(r reading) []facet {
		for _, name := range others {
			if _, ok := r.get(name); ok {
				return nil
			}
		}
		return bounds(r, r.order())
	}
}

func formats(names ...string) []Kind {
	var out []Kind
	for _, n := range names {
		out = append(out, Kind{Name: "StringRules." + n, Direction: Format, read: func(r reading) []facet { return formatOf(r, n) }})
	}
	return out
}

func onLine(name string, read func(reading, string, *order) []facet) func(reading) []facet {
	return func(r reading) []facet { return read(r, name, r.order()) }
}

func counted(name string, m measure, least, most bool) func(reading) []facet {
	return func(r reading) []facet {
		v, ok := r.get(name)
		if !ok || m == elements && r.unasked() {
			return nil
		}
		lo, hi := uint64(0), uint64(math.MaxUint64)
		if least {
			lo = v.Uint()
		}
		if most {
			hi = v.Uint()
		}
		f := lengthOf(r.name(name), m, lo, hi)
		unique, _ := r.get("unique")
		f.forgotten = m == elements && unique.IsValid() && unique.Bool() && r.fd.Message() != nil
		return []facet{f}
	}
}

func sized(name string, sizes ...int64) func(reading) []facet {
	return func(r reading) []facet {
		if v, ok := r.get(name); !ok || !v.Bool() {
			return nil
		}
		f := length{name: r.name(name), measure: octets}
		for _, n := range sizes {
			f.allowed = f.allowed.or(points(number(n)))
		}
		return []facet{f}
	}
}

func having(p place) func(reading) []facet {
	return func(r reading) []facet {
		if texts := textsOf(r, string(p)); texts != nil {
			return []facet{affix{r.name(string(p)), p, texts[0]}}
		}
		return nil
	}
}

func oneOf(name string) func(reading) []facet {
	return func(r reading) []facet {
		if texts := textsOf(r, name); texts != nil {
			return []facet{among{r.name(name), texts, r.show}}
		}
		return nil
	}
}

func noneOf(name string) func(reading) []facet {
	return func(r reading) []facet {
		if texts := textsOf(r, name); texts != nil {
			return []facet{except{among{r.name(name), texts, r.show}}}
		}
		return nil
	}
}

func matching(r reading) []facet {
	v, ok := r.get("pattern")
	if !ok {
		return nil
	}
	return []facet{pattern{opaque{name: r.name("pattern"), text: "matching " + v.String(), key: v.String(), why: whyPattern}}}
}

func finite(r reading) []facet {
	if v, ok := r.get("finite"); !ok || !v.Bool() {
		return nil
	}
	o := r.order()
	inner := o.domain().minus(points(o.nan, o.first, number(0).Neg(o.first)))
	return []facet{interval{r.name("finite"), "neither infinite nor NaN", o, inner}}
}

func definedOnly(r reading) []facet {
	if v, ok := r.get("defined_only"); !ok || !v.Bool() {
		return nil
	}
	f := interval{name: r.name("defined_only"), demand: "a value that the enum defines", order: r.order()}
	values := r.fd.Enum().Values()
	for i := range values.Len() {
		f.allowed = f.allowed.or(points(number(int64(values.Get(i).Number()))))
	}
	return []facet{f}
}

func unrepeated(r reading) []facet {
	if v, ok := r.get("unique"); !ok || !v.Bool() || r.unasked() {
		return nil
	}
	return []facet{distinct{r.name("unique")}}
}

func aboutNow(name string) func(reading) []facet {
	return func(r reading) []facet {
		v, ok := r.get(name)
		if !ok || v.String() == "false" {
			return nil
		}
		return []facet{opaque{name: r.name(name), text: "compared with the time at which it is read", key: describe(v), why: whyNow, fickle: true}}
	}
}

func maskConst(r reading) []facet {
	v, ok := r.get("const")
	if !ok {
		return nil
	}
	paths := v.Message().Get(v.Message().Descriptor().Fields().ByName("paths")).List()
	f := masked{name: r.name("const"), how: maskEquals}
	for i := range paths.Len() {
		f.paths = append(f.paths, paths.Get(i).String())
	}
	return []facet{f}
}

func maskPaths(name string, how maskRule) func(reading) []facet {
	return func(r reading) []facet {
		if texts := textsOf(r, name); texts != nil {
			return []facet{masked{r.name(name), texts, how}}
		}
		return nil
	}
}

// kinds finds a kind by its name.
var kinds = func() map[protoreflect.FullName]Kind {
	out := map[protoreflect.FullName]Kind{}
	for _, k := range table {
		out[protoreflect.FullName("buf.validate."+k.Name)] = k
	}
	return out
}()
