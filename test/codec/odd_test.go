package codec_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/pkg/eventrt"
	"github.com/eventcontracts/eventcontracts/test/contracttest"
)

// odd are values of JSON that two readers may understand differently.
var odd = []string{
	"null", "true", "false", "0", "-0", "1", "-1", "1.0", "1e0", "1E+2", "01", "1.", ".5", "1e400", "-1e400", "1e-400", "0.1", "5e-324", "NaN",
	"2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296", "9007199254740992", "9007199254740993",
	"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616", "99999999999999999999", "100000000000000000000",
	`"0"`, `"-0"`, `"1"`, `" 1"`, `"1 "`, `"1.0"`, `"1e3"`, `"NaN"`, `"Infinity"`, `"-Infinity"`, `"nan"`, `"9223372036854775807"`, `"9223372036854775808"`, `"18446744073709551615"`, `"true"`,
	`""`, `"a"`, `"E_ONE"`, `"E_EINS"`, `"e_one"`, `"E_NONE"`, `"AP8="`, `"AP8"`, `"_-8="`, `"AP9="`, `"A"`, `"YQ=="`, `"YR=="`, `"Y Q"`,
	`"\ud83e\udd5b"`, `"\ud83e"`, `"\udd5b\ud83e"`, `"\u0000"`, `"\u00e4"`, `"\/\b\f\n\r\t\"\\"`, `"\x"`, `"\u12"`, `"\u12G4"`, "\"\xff\"", "\"\xc3\"", "\"\t\"", "\"\u2028\u007f\"", `"🥛"`, "\"\xed\xa0\x80\"",
	`"2026-01-01T00:00:00Z"`, `"2026-01-01T00:00:00"`, `"2026-01-01 00:00:00Z"`, `"2026-01-01t00:00:00z"`, `"2026-01-01T00:00:00.1Z"`, `"2026-01-01T00:00:00.123456789Z"`, `"2026-01-01T00:00:00.1234567890Z"`, `"2026-01-01T00:00:00.1234567891Z"`, `"2026-01-01T00:00:00.Z"`, `"2026-01-01T00:00:00,1Z"`,
	`"2026-01-01T24:00:00Z"`, `"2026-01-01T23:59:60Z"`, `"2026-02-29T00:00:00Z"`, `"2024-02-29T00:00:00Z"`, `"1900-02-29T00:00:00Z"`, `"2000-02-29T00:00:00Z"`, `"2026-13-01T00:00:00Z"`, `"2026-00-01T00:00:00Z"`, `"2026-01-00T00:00:00Z"`, `"2026-04-31T00:00:00Z"`,
	`"2026-01-01T00:00:00+23:59"`, `"2026-01-01T00:00:00-23:59"`, `"2026-01-01T00:00:00+24:00"`, `"2026-01-01T00:00:00+0100"`, `"2026-01-01T00:00:00+01:60"`, `"0000-12-31T23:59:59Z"`, `"0001-01-01T00:00:00Z"`, `"0001-01-01T00:00:00+00:01"`, `"9999-12-31T23:59:59.999999999Z"`, `"9999-12-31T23:59:59-00:01"`, `"1969-12-31T23:59:59.999999999Z"`,
	`"0s"`, `"1s"`, `"-1s"`, `"+1s"`, `"1.5s"`, `"-0.5s"`, `"-0s"`, `".5s"`, `"1.s"`, `"01s"`, `"1.1234567891s"`, `"315576000000s"`, `"315576000001s"`, `"1"`, `"s"`,
	"{}", "[]", "[null]", "[1,2]", `["a"]`, `[["a"]]`, `{"a":1}`, `{"a":null}`, `{"a":1,"a":2}`, `{"1":1}`, `{"01":1}`, `{"-1":1}`, `{"+1":1}`, `{"true":"a"}`, `{"s":"x","s":"y"}`, `{"number":1,"n":1}`, `{"at":null,"at":"2026-01-01T00:00:00Z"}`, `{"dp":null}`, `{"unknown":{"a":[]}}`,
	`{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"}`, `{"a":"x","n":1}`, `[{}]`, `[{},{"s":null}]`, "[1,]", "[,1]", "{,}", `{"a"}`, `{"a":}`, `{a:1}`, "[1 2]", " 1 ", "\n{ }\n", "tru", "nul", "nullx", "1x", "",
}

// value is the value of a member or an element.
var value = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null|\{\}|\[\]`)

// oddity is a record with a part of it replaced, doubled, moved or cut.
func oddity(r *rand.Rand, b []byte) []byte {
	all := value.FindAllIndex(b, -1)
	if len(all) == 0 {
		return b
	}
	at := all[r.IntN(len(all))]
	with := func(start, end int, text string) []byte {
		return bytes.Join([][]byte{b[:start], []byte(text), b[end:]}, nil)
	}
	switch r.IntN(10) {
	case 0: // a blank
		return with(at[0], at[0], string(" \n\t\r\v"[r.IntN(5)]))
	case 1: // a byte
		i := r.IntN(len(b))
		return with(i, i+r.IntN(2), string(rune(r.IntN(256))))
	case 2: // its end
		return b[:r.IntN(len(b))]
	case 3: // a member twice, perhaps with another name or value
		i := bytes.IndexByte(b[at[1]:], ',')
		if i < 0 {
			return with(at[1], at[1], " ")
		}
		members := strings.SplitAfter(string(b), ",")
		return with(at[1]+i, at[1]+i, ","+strings.Trim(members[r.IntN(len(members))], ",}"))
	case 4: // two values change places
		other := all[r.IntN(len(all))]
		if other[0] <= at[1] {
			return with(at[0], at[1], string(b[other[0]:other[1]]))
		}
		return bytes.Join([][]byte{b[:at[0]], b[other[0]:other[1]], b[at[1]:other[0]], b[at[0]:at[1]], b[other[1]:]}, nil)
	case 5: // something behind it
		return append(bytes.Clone(b), odd[r.IntN(len(odd))]...)
	case 6: // a name as JSON spells it, or with an escape
		s := string(b[at[0]:at[1]])
		if i := strings.IndexByte(s, '_'); i > 0 && i+1 < len(s) {
			return with(at[0], at[1], s[:i]+strings.ToUpper(s[i+1:i+2])+s[i+2:])
		}
		return with(at[0], at[1], strings.Replace(s, "a", `\u0061`, 1))
	}
	return with(at[0], at[1], odd[r.IntN(len(odd))])
}

// candidates are values about the bounds of rules: those of the torture message, and of
// this repository's events.
var candidates = []string{
	"", "a", "ab", "abc", "abcd", "abcde", "ää", "äää", "🥛", "amz", "az", "a\"mz", "ambbbbbbz", "A", "Ab", "c", "\n", "low", "medium", "high", "urgent",
	eventID, strings.ToUpper(eventID), eventID[:35], eventID + "0", strings.Replace(eventID, "-", "_", 1), strings.Replace(eventID, "0", "g", 1), strings.ReplaceAll(eventID, "-", ""), "{" + eventID + "}",
	"a@b", "a@b.c", "@b", "a@", "a@-b", "a@b-", "a b@c", "a@b.c.", "ä@b.c", "a@" + strings.Repeat("b", 63), "a@" + strings.Repeat("b", 64), "a.b+c@d-e.f", `"a"@b.c`,
	"example.com", "example.com.", "a..b", "-a.b", "1.2.3", "a.1", "a_b", strings.Repeat("a.", 126) + "a", strings.Repeat("a.", 127), strings.Repeat("a.", 127) + "a",
	"1.2.3.4", "01.2.3.4", "1.2.3", "256.1.1.1", "::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9", "::ffff:1.2.3.4", "::ffff:1.2.3.04", "fe80::1%eth0", "fe80::1%", "1:2:3:4:5:6:1.2.3.4", "12345::", "g::",
	"http://a", "https://example.com:443/a/b?c=d&e=f", "https://example.com/#frag", "http://", "http:///a", "a:b", "http://a b", "http://[::1]/", "http://a:99999/", "http://a/%20", "http://a/%2", "ftp://a-b.c/~x@y:z;1,2+3!", "/a/b?c", "//a/b", "/a b", "a/b", "1http://a", "h+t://a", "http://a..b/", "http://a_b/",
	"01ARZ3NDEKTSV4RRFFQ69G5FAV", "81ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAI", "01arz3ndektsv4rrffq69g5fav", "a:1", "[::1]:80",
	strings.Repeat("x", 200), strings.Repeat("x", 201), strings.Repeat("x", 500), strings.Repeat("ä", 500), strings.Repeat("x", 501), strings.Repeat("x", 2001),
}

// fill fills a message: rules are kept often enough for the whole to be written.
func fill(f *contracttest.Filler, msg eventrt.Message) {
	f.Message(msg.ProtoReflect())
	f.Message(msg.ProtoReflect())
	fitted(f, msg.ProtoReflect(), f.Rand.IntN(4) > 0, 0)
}

// fitted replaces values of fields with rules by some that may keep them. A simple message
// has nothing that generated code leaves to the reference.
func fitted(f *contracttest.Filler, m protoreflect.Message, simple bool, depth int) {
	rare := func(n int) bool { return f.Rand.IntN(n) == 0 }
	isRules := m.Descriptor().Name() == "Rules"
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		rules := descriptor.Rules(fd)
		single := !fd.IsList() && !fd.IsMap()
		part := descriptor.Part(fd)
		switch {
		case simple && part != nil && (part.Name() == "Any" || part.Name() == "FieldMask" || part.Name() == "Odd"),
			simple && fd.IsMap() && fd.MapKey().Kind() == protoreflect.BoolKind, simple && fd.Name() == "null":
			m.Clear(fd)
		case isRules && !rare(4) && fd.ContainingOneof() == nil:
			m.Clear(fd) // one broken rule is enough
		case single && fd.Kind() == protoreflect.StringKind && rules.GetString() != nil:
			if !m.Has(fd) && fd.HasPresence() && !rules.GetRequired() && !rare(3) {
				continue
			}
			text := candidates[f.Rand.IntN(len(candidates))]
			if list := rules.GetString().GetIn(); len(list) > 0 && !rare(4) {
				text = list[f.Rand.IntN(len(list))]
			}
			if rules.GetString().GetUuid() && !rare(20) {
				text = eventID
			}
			if rules.GetString().HasWellKnown() && !rules.GetString().GetUuid() && !rare(3) {
				text = []string{"a@b.c", "https://example.com/a", "1.2.3.4", "::1", strings.ReplaceAll(eventID, "-", "")}[f.Rand.IntN(5)]
			}
			if !rules.GetString().HasWellKnown() && len(rules.GetString().GetIn()) == 0 && !isRules && !rare(6) {
				text = "Buy milk \"\n"
			}
			m.Set(fd, protoreflect.ValueOfString(text))
		case single && part != nil && (rules.GetRequired() || m.Has(fd)) && part.FullName() == "google.protobuf.Timestamp" && !rare(20):
			m.Set(fd, protoreflect.ValueOfMessage((&timestamppb.Timestamp{Seconds: at, Nanos: int32(f.Rand.IntN(3) * 120_000)}).ProtoReflect()))
		case single && fd.Kind() == protoreflect.Int32Kind && rules.GetInt32() != nil:
			m.Set(fd, protoreflect.ValueOfInt32(int32(f.Rand.IntN(22)-1)))
		case single && fd.Kind() == protoreflect.DoubleKind && rules.GetDouble() != nil:
			m.Set(fd, protoreflect.ValueOfFloat64([]float64{0, 1, 0.5, 0.25, 0.75, 1, 100, 1.0000000001, -0.1, math.NaN(), math.Inf(1)}[f.Rand.IntN(11)]))
		case fd.IsList() && rules.GetRepeated().GetMinItems() > 0 && fd.Kind() == protoreflect.StringKind && !rare(6):
			for _, v := range rules.GetRepeated().GetItems().GetString().GetIn() {
				if rare(2) {
					m.Mutable(fd).List().Append(protoreflect.ValueOfString(v))
				}
			}
		case single && (fd.Kind() == protoreflect.DoubleKind || fd.Kind() == protoreflect.FloatKind) && m.Get(fd).Float() == 0:
			m.Clear(fd) // proto.Clone, which the reference needs for defaults, makes 0 of -0 in Go types
		case single && part != nil && m.Has(fd) && (part.Name() == "DoubleValue" || part.Name() == "FloatValue") && m.Get(fd).Message().Get(part.Fields().ByNumber(1)).Float() == 0:
			m.Clear(fd)
		case !m.Has(fd) || part == nil || part.ParentFile().Package() == "google.protobuf" || depth > 8:
		case fd.IsList():
			for j := range m.Get(fd).List().Len() {
				fitted(f, m.Get(fd).List().Get(j).Message(), simple, depth+1)
			}
		case fd.IsMap():
			m.Get(fd).Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
				fitted(f, v.Message(), simple, depth+1)
				return true
			})
		default:
			fitted(f, m.Mutable(fd).Message(), simple, depth+1)
		}
	}
}
