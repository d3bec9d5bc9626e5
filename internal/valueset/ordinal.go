package valueset

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// order numbers the values of an ordered type, in their order and without gaps, so
// that "greater than 5" is the same set as "at least" the value after 5.
type order struct {
	first, last *big.Int
	of          func(protoreflect.Value) *big.Int
	value       func(fresh func() protoreflect.Value, n *big.Int) protoreflect.Value
	words       func(n *big.Int) string
	nan         *big.Int // the ordinal of not-a-number, behind that of +Inf; nil if the type has none
}

func (o *order) domain() ranges { return between(o.first, o.last) }

func plain(n *big.Int) string { return n.String() }

// orderOf is the order of a field's values; nil for types that have none. Of a wrapper
// such as Int32Value it is asked with the field that it wraps.
func orderOf(fd protoreflect.FieldDescriptor) *order {
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return &order{
			first: number(0), last: number(1),
			of: func(v protoreflect.Value) *big.Int {
				if v.Bool() {
					return number(1)
				}
				return number(0)
			},
			value: func(_ func() protoreflect.Value, n *big.Int) protoreflect.Value {
				return protoreflect.ValueOfBool(n.Sign() != 0)
			},
			words: func(n *big.Int) string { return strconv.FormatBool(n.Sign() != 0) },
		}
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return &order{
			first: number(math.MinInt32), last: number(math.MaxInt32), words: plain,
			of: func(v protoreflect.Value) *big.Int { return number(v.Int()) },
			value: func(_ func() protoreflect.Value, n *big.Int) protoreflect.Value {
				return protoreflect.ValueOfInt32(int32(n.Int64()))
			},
		}
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return &order{
			first: number(math.MinInt64), last: number(math.MaxInt64), words: plain,
			of: func(v protoreflect.Value) *big.Int { return number(v.Int()) },
			value: func(_ func() protoreflect.Value, n *big.Int) protoreflect.Value {
				return protoreflect.ValueOfInt64(n.Int64())
			},
		}
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return &order{
			first: number(0), last: number(math.MaxUint32), words: plain,
			of: func(v protoreflect.Value) *big.Int { return new(big.Int).SetUint64(v.Uint()) },
			value: func(_ func() protoreflect.Value, n *big.Int) protoreflect.Value {
				return protoreflect.ValueOfUint32(uint32(n.Uint64()))
			},
		}
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return &order{
			first: number(0), last: new(big.Int).SetUint64(math.MaxUint64), words: plain,
			of: func(v protoreflect.Value) *big.Int { return new(big.Int).SetUint64(v.Uint()) },
			value: func(_ func() protoreflect.Value, n *big.Int) protoreflect.Value {
				return protoreflect.ValueOfUint64(n.Uint64())
			},
		}
	case protoreflect.FloatKind:
		return floats(func(x float64) int64 { return int64(math.Float32bits(float32(x)) &^ (1 << 31)) },
			func(bits int64) float64 { return float64(math.Float32frombits(uint32(bits))) },
			func(x float64) protoreflect.Value { return protoreflect.ValueOfFloat32(float32(x)) }, 32)
	case protoreflect.DoubleKind:
		return floats(func(x float64) int64 { return int64(math.Float64bits(x) &^ (1 << 63)) },
			func(bits int64) float64 { return math.Float64frombits(uint64(bits)) }, protoreflect.ValueOfFloat64, 64)
	case protoreflect.EnumKind:
		values := fd.Enum().Values()
		return &order{
			first: number(math.MinInt32), last: number(math.MaxInt32),
			// Rules have the numbers of enums as integers.
			of: func(v protoreflect.Value) *big.Int {
				if n, ok := v.Interface().(protoreflect.EnumNumber); ok {
					return number(int64(n))
				}
				return number(v.Int())
			},
			value: func(_ func() protoreflect.Value, n *big.Int) protoreflect.Value {
				return protoreflect.ValueOfEnum(protoreflect.EnumNumber(n.Int64()))
			},
			words: func(n *big.Int) string {
				if v := values.ByNumber(protoreflect.EnumNumber(n.Int64())); v != nil {
					return string(v.Name())
				}
				return "the number " + n.String() + ", which has no name"
			},
		}
	case protoreflect.MessageKind:
		switch fd.Message().FullName() {
		case "google.protobuf.Timestamp":
			return moments(number(-62135596800), number(253402300799), false, func(seconds, nanos int64) string {
				return time.Unix(seconds, nanos).UTC().Format(time.RFC3339Nano)
			})
		case "google.protobuf.Duration":
			// Expressions see a Go time.Duration, which ends at ±292 years: what is longer
			// counts as that (durationpb.Duration.AsDuration).
			return moments(number(math.MinInt64/1_000_000_000), number(math.MaxInt64/1_000_000_000), true, func(seconds, nanos int64) string {
				return (time.Duration(seconds)*time.Second + time.Duration(nanos)).String()
			})
		}
	}
	return nil
}

// floats numbers floating-point values by their bits, which ascend with the value.
// Both zeros are one number: no rule tells them apart.
func floats(bits func(float64) int64, from func(int64) float64, value func(float64) protoreflect.Value, size int) *order {
	inf := number(bits(math.Inf(1)))
	nan := new(big.Int).Add(inf, one)
	back := func(n *big.Int) float64 {
		switch {
		case n.Cmp(nan) == 0:
			return math.NaN()
		case n.Sign() < 0:
			return -from(-n.Int64())
		default:
			return from(n.Int64())
		}
	}
	return &order{
		first: new(big.Int).Neg(inf), last: nan, nan: nan,
		of: func(v protoreflect.Value) *big.Int {
			switch x := v.Float(); {
			case math.IsNaN(x):
				return nan
			case x < 0:
				return number(-bits(x))
			default:
				return number(bits(x))
			}
		},
		value: func(_ func() protoreflect.Value, n *big.Int) protoreflect.Value { return value(back(n)) },
		words: func(n *big.Int) string { return strconv.FormatFloat(back(n), 'g', -1, size) },
	}
}

var second = number(1_000_000_000)

// moments numbers messages of seconds and nanos by their nanoseconds.
func moments(firstSecond, lastSecond *big.Int, saturates bool, words func(seconds, nanos int64) string) *order {
	o := &order{first: new(big.Int).Mul(firstSecond, second), last: new(big.Int).Mul(lastSecond, second)}
	o.last.Add(o.last, number(999_999_999))
	if saturates {
		o.first, o.last = number(math.MinInt64), number(math.MaxInt64)
	}
	split := func(n *big.Int) (int64, int64) {
		seconds, nanos := new(big.Int).QuoRem(n, second, new(big.Int)) // both have the sign of n, as durations have
		if !saturates && nanos.Sign() < 0 {                            // the nanos of a time count forward
			seconds.Sub(seconds, one)
			nanos.Add(nanos, second)
		}
		return seconds.Int64(), nanos.Int64()
	}
	field := func(m protoreflect.Message, name protoreflect.Name) protoreflect.FieldDescriptor {
		return m.Descriptor().Fields().ByName(name)
	}
	o.of = func(v protoreflect.Value) *big.Int {
		m := v.Message()
		n := new(big.Int).Mul(number(m.Get(field(m, "seconds")).Int()), second)
		n.Add(n, number(m.Get(field(m, "nanos")).Int()))
		if n.Cmp(o.first) < 0 {
			return o.first
		}
		if n.Cmp(o.last) > 0 {
			return o.last
		}
		return n
	}
	o.value = func(fresh func() protoreflect.Value, n *big.Int) protoreflect.Value {
		seconds, nanos := split(n)
		v := fresh()
		m := v.Message()
		m.Set(field(m, "seconds"), protoreflect.ValueOfInt64(seconds))
		m.Set(field(m, "nanos"), protoreflect.ValueOfInt32(int32(nanos)))
		return v
	}
	o.words = func(n *big.Int) string { return words(split(n)) }
	return o
}

// quantity is a count with its word, for people.
func quantity(n string, word string) string {
	if n == "1" {
		return fmt.Sprintf("1 %s", word)
	}
	return fmt.Sprintf("%s %ss", n, word)
}
