package codec_test

import (
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventrt"
)

// Each field gets each odd value, by both of its names, and beside another value of it.
func TestEachFieldWithEachOddValue(t *testing.T) {
	t.Parallel()
	for format := range formats {
		p := torture(t, format)
		var fields []protoreflect.FieldDescriptor
		for _, m := range []protoreflect.MessageDescriptor{p.fast.Descriptor, p.fast.Descriptor.Fields().ByName("right").Message()} {
			for i := range m.Fields().Len() {
				fields = append(fields, m.Fields().Get(i))
			}
		}
		for i, fd := range fields {
			t.Run(format+"/"+string(fd.FullName()), func(t *testing.T) {
				t.Parallel()
				for _, v := range odd {
					members := []string{`"` + fd.TextName() + `":` + v, `"` + fd.TextName() + `":` + v + `,"` + fd.JSONName() + `":null`}
					if fd.JSONName() != fd.TextName() {
						members = append(members, `"`+fd.JSONName()+`":`+v)
					}
					if fd.IsList() || fd.IsMap() {
						members = append(members, `"`+fd.TextName()+`":[`+v+`]`, `"`+fd.TextName()+`":{"1":`+v+`}`)
					}
					for _, m := range members {
						if i >= p.fast.Descriptor.Fields().Len() {
							m = `"p":{` + m + `}`
							m = `"right":{` + m + `}`
						} else if fd.Name() != "id" {
							m = `"id":"` + eventID + `",` + m
						}
						p.decode(t, p.record(m))
					}
				}
			})
		}
	}
}

// Each rule gets values at its bounds and beside them.
func TestEachRuleAtItsBounds(t *testing.T) {
	t.Parallel()
	p := torture(t, "envelope")
	holder := p.fast.Descriptor.Fields().ByName("rules")
	rules := holder.Message()
	numbers := []float64{0, 1, -1, 2, 4, 5, 6, 9, 10, 11, 15, 0.1, 0.09999999999999999, 1.0000000000000002, -0.5, math.MaxInt32, math.MinInt32, math.MaxUint32, math.NaN(), math.Inf(1), math.Inf(-1)}
	for i := range rules.Fields().Len() {
		fd := rules.Fields().Get(i)
		t.Run(string(fd.Name()), func(t *testing.T) {
			t.Parallel()
			valid, broken := 0, 0
			try := func(set func(protoreflect.Message)) {
				t.Helper()
				msg := p.new(t)
				m := msg.ProtoReflect()
				m.Set(p.fast.Descriptor.Fields().ByName("id"), protoreflect.ValueOfString(eventID))
				r := m.Mutable(holder).Message()
				r.Set(rules.Fields().ByName("a"), protoreflect.ValueOfString("a"))
				set(r)
				if _, ok := p.encode(t, msg); ok {
					valid++
				} else {
					broken++
				}
			}
			scalars := func(fd protoreflect.FieldDescriptor) (out []protoreflect.Value) {
				switch fd.Kind() {
				case protoreflect.StringKind:
					for _, s := range candidates {
						out = append(out, protoreflect.ValueOfString(s))
					}
				case protoreflect.BytesKind:
					for _, s := range []string{"", "a", "ab", "abc", "abcd", "\xff"} {
						out = append(out, protoreflect.ValueOfBytes([]byte(s)))
					}
				case protoreflect.BoolKind:
					out = append(out, protoreflect.ValueOfBool(true), protoreflect.ValueOfBool(false))
				case protoreflect.EnumKind:
					for _, n := range []protoreflect.EnumNumber{0, 1, -1, 2, 77} {
						out = append(out, protoreflect.ValueOfEnum(n))
					}
				default:
					for _, n := range numbers {
						if v := number(fd.Kind(), n); v.IsValid() {
							out = append(out, v)
						}
					}
				}
				return out
			}
			switch {
			case fd.IsMap():
				for _, v := range scalars(fd.MapValue()) {
					for _, keys := range [][]string{{}, {""}, {"ab"}, {"abc"}, {"a", "b"}, {"a", "b", "c"}} {
						try(func(m protoreflect.Message) {
							for _, k := range keys {
								m.Mutable(fd).Map().Set(protoreflect.ValueOfString(k).MapKey(), v)
							}
						})
					}
				}
			case fd.IsList():
				for _, n := range []int{0, 1, 2, 3, 4} {
					for _, same := range []bool{false, true} {
						try(func(m protoreflect.Message) {
							l := m.Mutable(fd).List()
							for j := range n {
								v := l.NewElement()
								if fd.Message() == nil {
									v = protoreflect.ValueOfString(strings.Repeat("x", j))
									if same || j == 0 {
										v = protoreflect.ValueOfString("x")
									}
								}
								l.Append(v)
							}
						})
					}
				}
			case fd.Message() != nil && fd.Message().Name() == "Timestamp":
				for _, v := range []*timestamppb.Timestamp{{}, {Nanos: 1}, {Seconds: -1}, {Seconds: -1, Nanos: 5}, {Seconds: -1, Nanos: 4}, {Seconds: 1}, {Seconds: 1, Nanos: 1}, {Nanos: 999_999_999}} {
					try(func(m protoreflect.Message) { m.Set(fd, protoreflect.ValueOfMessage(v.ProtoReflect())) })
				}
			case fd.Message() != nil && fd.Message().Name() == "Duration":
				for _, v := range []*durationpb.Duration{{}, {Seconds: 5}, {Seconds: 5, Nanos: 1}, {Seconds: -6}} {
					try(func(m protoreflect.Message) { m.Set(fd, protoreflect.ValueOfMessage(v.ProtoReflect())) })
				}
			case fd.Message() != nil:
				try(func(m protoreflect.Message) { m.Set(fd, m.NewField(fd)) })
				return
			default:
				for _, v := range scalars(fd) {
					try(func(m protoreflect.Message) { m.Set(fd, v) })
				}
			}
			if fd.Name() != "skipped" && (valid == 0 || broken == 0) {
				t.Errorf("%d values were written and %d refused: these are no bounds", valid, broken)
			}
		})
	}
	for range 1 { // nothing is set that has to be
		msg := p.new(t)
		msg.ProtoReflect().Set(p.fast.Descriptor.Fields().ByName("id"), protoreflect.ValueOfString(eventID))
		msg.ProtoReflect().Mutable(holder)
		if _, ok := p.encode(t, msg); ok {
			t.Error("a oneof that is required is not set, and it is written")
		}
	}
}

// number is n as a value of a kind; invalid if the kind has no such number.
func number(k protoreflect.Kind, n float64) protoreflect.Value {
	whole := n == math.Trunc(n) && !math.IsInf(n, 0)
	switch {
	case k == protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(n)
	case k == protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(float32(n))
	case !whole:
		return protoreflect.Value{}
	case k == protoreflect.Int32Kind && n <= math.MaxInt32:
		return protoreflect.ValueOfInt32(int32(n))
	case k == protoreflect.Int64Kind || k == protoreflect.Sint64Kind:
		return protoreflect.ValueOfInt64(int64(n))
	case k == protoreflect.Fixed32Kind && n >= 0:
		return protoreflect.ValueOfUint32(uint32(n))
	case k == protoreflect.Uint64Kind && n >= 0:
		return protoreflect.ValueOfUint64(uint64(n))
	}
	return protoreflect.Value{}
}

// A message that is nil, or has one in it, is no different.
func TestNilInMessages(t *testing.T) {
	t.Parallel()
	p := torture(t, "flat")
	var none eventrt.Message
	none, _ = descriptor.TypeOf(p.fast.Descriptor).Zero().Interface().(eventrt.Message)
	if none.Event_codec().Valid(none) {
		t.Error("a nil message is valid")
	}
}

// A reader of an earlier revision reads over what it does not know, by generated code too,
// and sees what is wrong with it.
func TestUnknownMembers(t *testing.T) {
	t.Parallel()
	for format := range formats {
		p := torture(t, format)
		record := func(members string) event.Record { return p.record(`"id":"` + eventID + `",` + members) }
		for _, v := range odd {
			p.decode(t, record(`"later":`+v))
			p.decode(t, record(`"later":{"a":[`+v+`,{"b":`+v+`}]}`))
			p.decode(t, record(`"right":{"later":`+v+`,"later":`+v+`}`))
			p.decode(t, record(`"later":1,"later":`+v))
			p.decode(t, record(`"a1":1,"a2":2,"a3":3,"a4":4,"a5":`+v+`,"a1":2`))
		}
		for _, name := range append(event.ReservedFields(), "id", "type", "time", "eventversion", "data_base64", "[a.b]", "", "ä", `\u0061`) {
			for _, v := range []string{"1", `"x"`, "null", `{"a":1}`, `"1.0"`} {
				p.decode(t, record(`"`+name+`":`+v))
				p.decode(t, record(`"s":"x","`+name+`":`+v+`,"type":"t"`))
			}
		}
		var d eventrt.Decoder
		d.Reset([]byte(`{"id":"x","later":{"a":[1,-2.5e3,"\n",{}]},"later":null}`), 0, 1<<20, false)
		p.new(t).Event_codec().Parse(&d)
		if !d.Sure() || !d.Ended() {
			t.Error("generated code does not read over what it does not know")
		}
	}
}
