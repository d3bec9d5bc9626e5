package codec_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventrt"
	envelopev1 "github.com/eventcontracts/eventcontracts/test/codec/torture/envelope/v1"
)

// What protobuf's own conformance suite asks of JSON
// (github.com/protocolbuffers/protobuf, conformance/binary_json_conformance_suite.cc), as
// payloads of the torture message. Each row names the tests of the suite whose question it
// asks, with an asterisk for what they differ in. The answer is protojson's: generated code
// gives the same or none, and package event gives the same with generated code as without.
var conformance = strings.Split(strings.TrimSpace(`
HelloWorld StringField OneLineNoSpaces = {"s":"Hello"}
IgnoreUnknownJson* = {"unknown":1} {"unknown":"a"} {"unknown":true} {"unknown":false} {"unknown":null} {"unknown":{"a":[1,{"b":null}]}}
RejectTopLevelNull = null
StoresDefaultPrimitive SkipsDefaultPrimitive = {"i32":0} {"f32":0} {"oi32":0} {}
FieldNameExtension RejectReservedFieldName = {"[a.b]":1} {"[codec.envelope.v1.x]":1} {"@type":"a"}
RejectUnknownEnumStringValue* IgnoreUnknownEnumStringValue* = {"e":"NOPE"} {"es":["NOPE"]} {"es":["E_ONE","NOPE","E_LESS"]} {"by_i32":{"1":"NOPE"}} {"by_i32":{"1":"E_ONE","2":"NOPE"}} {"oe":"NOPE"} {"ze":"NOPE"}
FieldNameInSnakeCase OriginalProtoFieldName FieldNameInLowerCamelCase = {"id_of":"a"} {"idOf":"a"} {"by_i32":{"1":0}} {"byI32":{"1":0}} {"was":"a"} {"renamed":"a"}
FieldNameWithNumbers FieldNameWithMixedCases FieldNameWithDoubleUnderscores = {"i32":1,"I32":2} {"idof":"a"} {"id__of":"a"} {"ID_OF":"a"} {"_id_of":"a"}
FieldNameEscaped = {"\u0069\u0033\u0032":1} {"i\u00332":1}
StringEndsWithEscapeChar = {"s":"a\
FieldNameNotQuoted = {s:"a"}
TrailingCommaInAnObject* = {"s":"a",} {"s":"a", } {"s":"a" , , } {"s":"a",⏎}
JsonWithComments = {/*a*/"s":"a"} {"s":"a"}//a {"s":"a"/**/}
OneLineWithSpaces MultilineNoSpaces MultilineWithSpaces = { "s" : "a" , "i32" : 1 } {⏎"s"⏎:⏎"a"⏎,⏎"i32"⏎:⏎1⏎} {⏎  "s" :⇥"a",⏎  "i32" : 1⏎}
MissingComma* = {"s":"a" "i32":1} {"s":"a"⏎"i32":1}
FieldNameDuplicate* = {"s":"a","s":"b"} {"id_of":"a","idOf":"b"} {"idOf":"a","id_of":"b"} {"right":{},"right":{}} {"was":"a","renamed":"a"}
Int32FieldMaxValue Int32FieldMinValue Uint32FieldMaxValue = {"i32":2147483647} {"i32":-2147483648} {"u32":4294967295} {"s32":-2147483648} {"f32":4294967295} {"sf32":2147483647}
Int64FieldMaxValue Int64FieldMinValue Uint64FieldMaxValue = {"i64":"9223372036854775807"} {"i64":"-9223372036854775808"} {"u64":"18446744073709551615"} {"sf64":"-9223372036854775808"} {"f64":"18446744073709551615"}
Int64FieldMaxValueNotQuoted Int64FieldMinValueNotQuoted Uint64FieldMaxValueNotQuoted = {"i64":9223372036854775807} {"i64":-9223372036854775808} {"u64":18446744073709551615}
Int32FieldStringValue Int32FieldStringValueEscaped Int32FieldStringValueZero Int32FieldQuotedExponentialValue = {"i32":"2147483647"} {"i32":"2\u003147483647"} {"i32":"0"} {"i32":"1e5"} {"i32":"1.0"}
Int32FieldTooLarge Int32FieldTooSmall Uint32FieldTooLarge = {"i32":2147483648} {"i32":-2147483649} {"u32":4294967296} {"u32":-1}
Int64FieldTooLarge Int64FieldTooSmall Uint64FieldTooLarge Uint64QuotedExponentFieldTooLarge = {"i64":"9223372036854775808"} {"i64":"-9223372036854775809"} {"u64":"18446744073709551616"} {"u64":"1e30"} {"u64":99999999999999999999}
Int32FieldNotInteger Uint32FieldNotInteger Int64FieldNotInteger Uint64FieldNotInteger = {"i32":0.5} {"u32":0.5} {"i64":"0.5"} {"u64":"0.5"} {"i64":0.5}
Int32FieldTrueValue Int32FieldFalseValue = {"i32":true} {"i32":false} {"u64":true}
Int32FieldStringValuePartiallyNumeric* Int32FieldStringValueNonNumeric Int32FieldEmptyString Uint32FieldEmptyString Int64FieldEmptyString Uint64FieldEmptyString = {"i32":"12abc"} {"i32":"1 2"} {"i32":"1,2"} {"i32":"12\u0000"} {"i32":"12ä"} {"i32":"abc"} {"i32":""} {"u32":""} {"i64":""} {"u64":""}
Int32FieldFloatTrailingZero Int32FieldExponentialFormat Int32FieldMaxFloatValue Int32FieldMinFloatValue Uint32FieldMaxFloatValue = {"i32":100000.000} {"i32":1e5} {"i32":2.147483647e9} {"i32":-2.147483648e9} {"u32":4.294967295e9} {"i64":1e3} {"u64":"1e3"}
Int32FieldNotNumber Uint32FieldNotNumber Int64FieldNotNumber Uint64FieldNotNumber = {"i32":"3x3"} {"u32":"3x3"} {"i64":"3x3"} {"u64":"3x3"}
Int32FieldPlusSign Int32FieldLeadingZero Int32FieldNegativeWithLeadingZero Int32FieldLeadingSpace Int32FieldTrailingSpace = {"i32":+1} {"i32":01} {"i32":-01} {"i32":" 1"} {"i32":"1 "} {"i64":"+1"} {"i64":"01"} {"i64":"-0"} {"i32":-0}
Int64FieldBeString Uint64FieldBeString = {"i64":1} {"u64":1} {"i64":"1"} {"u64":"1"}
BoolFieldTrue BoolFieldFalse = {"b":true} {"b":false}
BoolFieldInteger* BoolFieldCamelCase* BoolFieldAllCapital* BoolFieldDoubleQuoted* = {"b":0} {"b":1} {"b":True} {"b":False} {"b":TRUE} {"b":FALSE} {"b":"true"} {"b":"false"} {"b":tru} {"b":truex}
FloatFieldMinPositiveValue FloatFieldMaxNegativeValue FloatFieldMaxPositiveValue FloatFieldMinNegativeValue = {"f":1.175494e-38} {"f":-1.175494e-38} {"f":3.402823e+38} {"f":-3.402823e+38} {"f":1e-45} {"f":1.17549435e-38}
FloatFieldQuotedValue FloatFieldQuotedExponentialValue FloatFieldNan FloatFieldNormalize* FloatFieldInfinity FloatFieldNegativeInfinity = {"f":"1"} {"f":"1.5e3"} {"f":"NaN"} {"f":"Infinity"} {"f":"-Infinity"}
FloatFieldNanNotQuoted FloatFieldInfinityNotQuoted FloatFieldNegativeInfinityNotQuoted FloatFieldTooSmall FloatFieldTooLarge FloatFieldEmptyString = {"f":NaN} {"f":Infinity} {"f":-Infinity} {"f":-3.502823e+38} {"f":3.502823e+38} {"f":""} {"f":3.4028236e+38}
FloatFieldStringValue* FloatFieldTrueValue FloatFieldFalseValue = {"f":"1.5x"} {"f":"x"} {"f":"1 5"} {"f":"1,5"} {"f":"1\u0000"} {"f":true} {"f":false}
DoubleFieldMinPositiveValue DoubleFieldMaxNegativeValue DoubleFieldMaxPositiveValue DoubleFieldMinNegativeValue = {"d":2.22507e-308} {"d":-2.22507e-308} {"d":1.79769e+308} {"d":-1.79769e+308} {"d":5e-324} {"d":1e-400}
DoubleFieldQuotedValue DoubleFieldQuotedExponentialValue DoubleFieldNan DoubleFieldNormalize* DoubleFieldInfinity DoubleFieldNegativeInfinity = {"d":"1"} {"d":"2.22507e-308"} {"d":"NaN"} {"d":"Infinity"} {"d":"-Infinity"}
DoubleFieldNanNotQuoted DoubleFieldInfinityNotQuoted DoubleFieldNegativeInfinityNotQuoted DoubleFieldTooSmall DoubleFieldTooLarge DoubleFieldEmptyString = {"d":NaN} {"d":Infinity} {"d":-Infinity} {"d":-1.89769e+308} {"d":1.89769e+308} {"d":""} {"d":1e400}
DoubleFieldStringValue* DoubleFieldTrueValue DoubleFieldFalseValue = {"d":"1.5x"} {"d":"x"} {"d":true} {"d":false} {"d":.5} {"d":1.} {"d":-} {"d":1e} {"d":1e+}
EnumField EnumFieldWithAlias EnumFieldWithAliasUseAlias EnumFieldNumericValueZero EnumFieldNumericValueNonZero EnumFieldUnknownValue = {"e":"E_ONE"} {"e":"E_EINS"} {"e":"E_LESS"} {"e":0} {"e":1} {"e":-1} {"e":77} {"e":"1"} {"e":1.0}
EnumFieldWithAliasLowerCase EnumFieldWithAliasDifferentCase EnumFieldNotQuoted EnumFieldSingleElementArray* EnumFieldTrueValue EnumFieldFalseValue = {"e":"e_one"} {"e":"E_One"} {"e":E_ONE} {"e":["E_ONE"]} {"e":[1]} {"e":true} {"e":false} {"e":""}
StringFieldUnicode StringFieldEscape StringFieldUnicodeEscape StringFieldUnicodeEscapeWithLowercaseHexLetters StringFieldSurrogatePair StringFieldEmbeddedNull = {"s":"谷歌"} {"s":"\"\\\/\b\f\n\r\t"} {"s":"\u8C37\u6B4C"} {"s":"\u8c37\u6b4c"} {"s":"\uD83D\uDE01"} {"s":"a\u0000b"} {"s":"a`+"\x00"+`b"}
StringFieldUppercaseEscapeLetter StringFieldInvalidEscape StringFieldUnterminatedEscape StringFieldUnpaired* StringFieldSurrogateInWrongOrder StringFieldNotAString = {"s":"\U8C37"} {"s":"\uXXXX\u6B4C"} {"s":"\u8C3"} {"s":"\uD800"} {"s":"\uDC00"} {"s":"\uDE01\uD83D"} {"s":12345} {"s":"\uD800a"} {"s":"\uD800\u0061"} {"s":"\uD800\n"}
BytesField BytesFieldBase64Url = {"raw":"AQI="} {"raw":"-_"} {"raw":"-_=="} {"raw":"+/8="} {"raw":"AQI"} {"raw":"AQ=I"} {"raw":"AQI=\n"} {"raw":"\u0041QI="}
MessageField = {"ps":[{"n":1234}]} {"right":{"n":1234}} {"right":{"number":1234}} {"right":{"p":{"p":{"n":1}}}}
OneofFieldDuplicate* OneofFieldNull* = {"left":"a","whole":"1"} {"left":"a","left":"a"} {"left":null,"whole":"1"} {"whole":"1","left":null} {"left":null} {"anything":null} {"anything":null,"left":"a"}
OneofZero* = {"zu":0} {"zb":false} {"zraw":""} {"zu64":"0"} {"zf":0} {"zd":0} {"ze":"E_UNSPECIFIED"} {"left":""} {"right":{}} {"zu":0,"zb":false}
Int32MapField Uint32MapField Int64MapField Uint64MapField BoolMapField MessageMapField = {"by_i32":{"1":"E_ONE","-2147483648":1}} {"by_u32":{"4294967295":true}} {"by_i64":{"-9223372036854775808":1}} {"by_u64":{"18446744073709551615":"AQI="}} {"by_bool":{"true":"a","false":"b"}} {"by_s":{"hello":{"n":1},"":{}}}
Int32MapFieldKeyNotQuoted Uint32MapFieldKeyNotQuoted Int64MapFieldKeyNotQuoted Uint64MapFieldKeyNotQuoted BoolMapFieldKeyNotQuoted = {"by_i32":{1:"E_ONE"}} {"by_u32":{1:true}} {"by_i64":{1:1}} {"by_u64":{1:""}} {"by_bool":{true:"a"}}
Int32MapEscapedKey Int64MapEscapedKey BoolMapEscapedKey = {"by_i32":{"\u0031":1}} {"by_i64":{"\u0031":1}} {"by_bool":{"tr\u0075e":"a"}} {"by_i32":{"01":1}} {"by_i32":{"1":1,"\u0031":2}} {"by_i32":{"1.0":1}} {"by_u32":{"-1":true}}
StringFieldSingleQuote* = {'s':"a"} {"s":'a'} {'s':'a'}
PrimitiveRepeatedField EnumRepeatedField StringRepeatedField BytesRepeatedField MessageRepeatedField = {"us":[1,2,3,4]} {"es":["E_ONE","E_LESS",0]} {"ss":["a","b",""]} {"raws":["AQI=",""]} {"ps":[{"n":1},{}]} {"ds":[1,"NaN"]} {"is":["1",2]} {"bs":[true,false]}
RepeatedFieldWrongElementType* = {"us":[1,false,3]} {"us":[1,2,"name"]} {"us":[1,{"a":4}]} {"ss":["1",2]} {"ss":["1",false]} {"ss":["1",{"a":4}]} {"ps":[{"n":1},2]} {"ps":[{"n":1},false]} {"ps":[{"n":1},"4"]}
SingleValueForRepeatedField* = {"us":1} {"ps":{"n":1}} {"ss":"a"} {"by_i32":[]} {"us":{}}
RepeatedFieldTrailingComma* = {"us":[1,2,]} {"us":[1,2, ]} {"us":[1,2 , , ]} {"us":[1,⏎2,⏎]} {"us":[,1]} {"us":[1 2]}
AllFieldAcceptNull = {"i32":null,"i64":null,"u32":null,"u64":null,"s32":null,"f64":null,"b":null,"f":null,"d":null,"s":null,"raw":null,"e":null,"right":null,"us":null,"ss":null,"ps":null,"by_i32":null,"by_s":null,"at":null,"took":null,"free":null,"list":null,"ws":null,"mask":null,"any":null,"os":null}
RepeatedFieldPrimitiveElementIsNull RepeatedFieldMessageElementIsNull MapFieldKeyIsNull MapFieldValueIsNull = {"us":[1,null]} {"ps":[{},null]} {"by_s":{null:{}}} {"by_i32":{"1":null}} {"wss":[null]} {"values":[null]} {"ats":[null]} {"by_value":{"a":null}}
OptionalBoolWrapper OptionalInt32Wrapper OptionalUint32Wrapper OptionalInt64Wrapper OptionalUint64Wrapper OptionalFloatWrapper OptionalDoubleWrapper OptionalStringWrapper OptionalBytesWrapper = {"wb":false} {"wi32":0} {"wu32":0} {"wi":"0"} {"wu":"0"} {"wf":0} {"wd":0} {"ws":""} {"wraw":""}
OptionalWrapperTypesWithNonDefaultValue WrapperTypesWithNullValue = {"wb":true,"wi32":1,"wu32":1,"wi":"1","wu":"1","wf":1,"wd":1,"ws":"1","wraw":"AQI="} {"wi":1,"wu":1,"wi32":"1","wu32":"1","wf":"1","wd":"1"} {"wb":null,"wi32":null,"wu32":null,"wi":null,"wu":null,"wf":null,"wd":null,"ws":null,"wraw":null,"wss":null} {"wi":{"value":"1"}}
RepeatedBoolWrapper RepeatedInt32Wrapper RepeatedUint32Wrapper RepeatedInt64Wrapper RepeatedUint64Wrapper RepeatedFloatWrapper RepeatedDoubleWrapper RepeatedStringWrapper RepeatedBytesWrapper = {"wss":["","a"]} {"wss":["",1]}
DurationMinValue DurationMaxValue DurationRepeatedValue DurationNull DurationNegativeSeconds DurationNegativeNanos = {"took":"-315576000000.999999999s"} {"took":"315576000000.999999999s"} {"by_took":{"a":"1.5s","b":"-1.5s"}} {"took":null} {"took":"-5s"} {"took":"-0.5s"}
DurationMissingS DurationJsonInputTooSmall DurationJsonInputTooLarge = {"took":"1"} {"took":"-315576000001.000000000s"} {"took":"315576000001.000000000s"} {"took":"1.0000000000s"} {"took":"s"} {"took":"1 s"} {"took":1}
DurationHas*FractionalDigit* = {"took":"1.000000000s"} {"took":"1.010000000s"} {"took":"1.000010000s"} {"took":"1.000000010s"} {"took":"1.1s"} {"took":"1.s"}
TimestampMinValue TimestampMaxValue TimestampRepeatedValue TimestampEpochValue TimestampNano*EpochValue TimestampNanoAfterEpochlValue TimestampLittle* TimestampTenAndHalf* TimestampLeap TimestampNull = {"at":"0001-01-01T00:00:00Z"} {"at":"9999-12-31T23:59:59.999999999Z"} {"ats":["0001-01-01T00:00:00Z","9999-12-31T23:59:59.999999999Z"]} {"at":"1970-01-01T00:00:00Z"} {"at":"1970-01-01T00:00:00.000000001Z"} {"at":"1969-12-31T23:59:59.999999999Z"} {"at":"1970-01-01T00:00:10.5Z"} {"at":"1969-12-31T23:59:49.5Z"} {"at":"1993-02-10T00:00:00.000Z"} {"at":null}
TimestampWithPositiveOffset TimestampWithNegativeOffset TimestampWithOffsetShiftsDay TimestampWithOffsetBoundaryInBounds* TimestampWithComplexOffset = {"at":"1970-01-01T08:00:01+08:00"} {"at":"1969-12-31T16:00:01-08:00"} {"at":"2024-03-01T00:30:00+01:00"} {"at":"0001-01-01T01:00:00+01:00"} {"at":"9999-12-31T22:59:59-01:00"} {"at":"1970-01-01T05:45:00+05:45"} {"at":"1970-01-01T00:00:00-00:00"}
TimestampJsonInputTooSmall TimestampJsonInputTooLarge TimestampJsonInputMissing* TimestampJsonInputLowercase* TimestampWithMissingColonInOffset = {"at":"0000-01-01T00:00:00Z"} {"at":"10000-01-01T00:00:00Z"} {"at":"0001-01-01T00:00:00"} {"at":"0001-01-01 00:00:00Z"} {"at":"0001-01-01T00:00:00z"} {"at":"0001-01-01t00:00:00Z"} {"at":"1970-01-01T08:00:01+0800"}
TimestampZeroNormalized TimestampHas*FractionalDigit* = {"at":"1969-12-31T16:00:00-08:00"} {"at":"1970-01-01T00:00:00.000000000Z"} {"at":"1970-01-01T00:00:00.010000000Z"} {"at":"1970-01-01T00:00:00.000010000Z"} {"at":"1970-01-01T00:00:00.000000010Z"}
TimestampJsonInputMonth* TimestampJsonInputDay* TimestampJsonInputHour* TimestampJsonInputMinuteTooLarge TimestampJsonInputSecondTooLarge = {"at":"1970-13-01T00:00:00Z"} {"at":"1970-00-01T00:00:00Z"} {"at":"1970-01-32T00:00:00Z"} {"at":"1970-01-00T00:00:00Z"} {"at":"1970-01-01T24:00:00Z"} {"at":"1970-01-01T25:00:00Z"} {"at":"1970-01-01T00:60:00Z"} {"at":"1970-01-01T00:00:61Z"} {"at":"1970-01-01T23:59:60Z"} {"at":"1970-1-01T00:00:00Z"} {"at":"1970-01-1T00:00:00Z"}
TimestampJsonInputInvalidOffset* TimestampJsonInputOffsetBoundary* TimestampJsonInputInvalidNanos TimestampJsonInputInvalidCharsInNanos TimestampJsonInputYear* = {"at":"1970-01-01T00:00:00+24:00"} {"at":"1970-01-01T00:00:00+00:60"} {"at":"0001-01-01T00:00:00+00:01"} {"at":"9999-12-31T23:59:59-00:01"} {"at":"1970-01-01T00:00:00.0000000001Z"} {"at":"1970-01-01T00:00:00.12aZ"} {"at":"197-01-01T00:00:00Z"} {"at":"19700-01-01T00:00:00Z"}
TimestampJsonInputNonLeapFeb29 TimestampJsonInputLeapFeb29 = {"at":"1970-02-29T00:00:00Z"} {"at":"1972-02-29T00:00:00Z"} {"at":"1900-02-29T00:00:00Z"} {"at":"2000-02-29T00:00:00Z"}
FieldMask EmptyFieldMask FieldMaskInvalidCharacter = {"mask":"foo,barBaz"} {"mask":""} {"mask":"foo,bar_bar"} {"mask":1}
Struct StructWithEmptyListValue ValueAccept* RepeatedValue RepeatedListValue = {"free":{"n":null,"i":1234,"d":-1.5,"s":"a","t":true,"l":[],"o":{"a":{}}}} {"value":10} {"value":1.5} {"value":true} {"value":null} {"value":"a"} {"value":[0,"a"]} {"value":{"a":null}} {"values":[["a"],{}]} {"list":[0,null]} {"free":{"a":1,"a":2}}
StructDeepNesting* ListValueDeepNesting* ValueDeepNesting* = {"free":DEEPOBJECT25} {"free":DEEPOBJECT200} {"list":DEEPLIST25} {"list":DEEPLIST200} {"value":DEEPLIST25} {"value":DEEPOBJECT200}
NullValueIn* = {"right":{"odd":{"null":null}}} {"right":{"odd":{"null":"NULL_VALUE"}}} {"right":{"odd":{"null":0}}} {"right":{"odd":{"null":1}}}
Any AnyNested AnyUnorderedTypeTag AnyWith* AnyWktRepresentation* AnyNull AnyEmpty = {"any":{"@type":"type.googleapis.com/codec.envelope.v1.P","n":1}} {"any":{"n":1,"@type":"type.googleapis.com/codec.envelope.v1.P"}} {"any":{"@type":"type.googleapis.com/google.protobuf.Any","value":{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1.5s"}}} {"any":{"@type":"type.googleapis.com/google.protobuf.Int32Value","value":1}} {"any":{"@type":"type.googleapis.com/google.protobuf.Timestamp","value":"1970-01-01T00:00:00Z"}} {"any":{"@type":"type.googleapis.com/google.protobuf.FieldMask","value":"foo,barBaz"}} {"any":{"@type":"type.googleapis.com/google.protobuf.Struct","value":{"a":1}}} {"any":{"@type":"type.googleapis.com/google.protobuf.Value","value":{"a":1}}} {"any":{"@type":"type.googleapis.com/google.protobuf.Value","value":1}} {"any":{"@type":"","value":""}} {"any":{"@type":"nope","value":""}} {"any":{"a":1}} {"any":{}} {"any":null}
`), "\n")

// deepJSON replaces the names of deep values, and the signs that stand for blanks.
func deepJSON(text string) string {
	deep := func(open, end string, n int) string {
		return strings.Repeat(open, n) + end + strings.Repeat(map[string]string{`{"a":`: "}", "[": "]"}[open], n)
	}
	return strings.NewReplacer(
		"DEEPOBJECT25", deep(`{"a":`, "{}", 24), "DEEPOBJECT200", deep(`{"a":`, "{}", 199),
		"DEEPLIST25", deep("[", "[]", 24), "DEEPLIST200", deep("[", "[]", 199), "⏎", "\r\n", "⇥", "\t",
	).Replace(text)
}

func TestProtobufsConformanceCases(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	cases, sure := 0, 0
	for _, row := range conformance {
		covers, texts, ok := strings.Cut(row, " = ")
		if !ok {
			t.Fatal(row)
		}
		for _, n := range strings.Fields(covers) {
			if names[n] {
				t.Errorf("%s has two rows", n)
			}
			names[n] = true
		}
		for _, text := range strings.SplitAfter(texts, "} ") {
			text = deepJSON(strings.TrimSuffix(text, " "))
			cases++
			var d eventrt.Decoder
			d.Reset([]byte(text), 0, 1<<20, false)
			got := (*envelopev1.Torture)(nil).Event_codec().Parse(&d)
			if d.Ended() && d.Sure() {
				sure++
				want := &envelopev1.Torture{}
				if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal([]byte(text), want); err != nil {
					t.Errorf("%s: %s: protojson says %v, and generated code is sure of it", covers, text, err)
				}
				var empty eventrt.Decoder // with what defaults it sets
				empty.Reset([]byte("{}"), 0, 1<<20, false)
				defaults := want.Event_codec().Parse(&empty)
				proto.Merge(defaults, want)
				if !sameButParts(defaults, got) {
					t.Errorf("%s: %s: protojson reads %v, and generated code %v", covers, text, defaults, got)
				}
			}
			for format := range formats {
				p := torture(t, format)
				rec := p.record("")
				if inner, ok := strings.CutPrefix(strings.TrimSpace(strings.ReplaceAll(text, "codec.envelope", "codec."+format)), "{"); ok {
					var end string
					rec, end = p.open(`"id":"` + eventID + `",` + inner)
					rec.Value = append(rec.Value, strings.TrimPrefix(end, "}")...)
				}
				p.decode(t, rec)
				if _, msg, err := event.Decode(rec); err == nil { // and is written the same
					if m, ok := msg.(eventrt.Message); ok {
						p.encode(t, m)
					}
				}
			}
		}
	}
	t.Logf("%d names, %d cases, generated code is sure of %d", len(names), cases, sure)
	if sure < 100 {
		t.Errorf("generated code is sure of %d cases: they prove little", sure)
	}
}

// sameButParts compares messages whose parts have defaults too, which protojson does not set.
func sameButParts(a, b proto.Message) bool {
	a, b = proto.Clone(a), proto.Clone(b)
	x, ok1 := a.(*envelopev1.Torture)
	y, ok2 := b.(*envelopev1.Torture)
	if !ok1 || !ok2 {
		return false
	}
	for _, m := range []*envelopev1.Torture{x, y} {
		parts := append([]*envelopev1.P{m.GetRight(), m.GetRight().GetP(), m.GetRight().GetP().GetP()}, m.Ps...)
		for _, p := range m.ByS {
			parts = append(parts, p)
		}
		for _, p := range parts {
			if p != nil {
				p.Dp = nil
			}
		}
	}
	return proto.Equal(x, y)
}

// What the suite expects not to be written: Duration*, Timestamp*, FieldMask*,
// ValueReject*NumberValue of ExpectSerializeFailureForJson.
func TestProtobufsConformanceCasesThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	p := torture(t, "envelope")
	for name, set := range map[string]func(*envelopev1.Torture){
		"DurationProtoInputTooSmall":              func(m *envelopev1.Torture) { m.Took = &durationpb.Duration{Seconds: -315_576_000_001} },
		"DurationProtoInputTooLarge":              func(m *envelopev1.Torture) { m.Took = &durationpb.Duration{Seconds: 315_576_000_001} },
		"DurationProtoNanosWrongSign":             func(m *envelopev1.Torture) { m.Took = &durationpb.Duration{Seconds: 1, Nanos: -1} },
		"DurationProtoNanosWrongSignNegativeSecs": func(m *envelopev1.Torture) { m.Took = &durationpb.Duration{Seconds: -1, Nanos: 1} },
		"DurationProtoNanosTooSmall":              func(m *envelopev1.Torture) { m.Took = &durationpb.Duration{Seconds: -1, Nanos: -1_000_000_000} },
		"DurationProtoNanosTooLarge":              func(m *envelopev1.Torture) { m.Took = &durationpb.Duration{Seconds: 1, Nanos: 1_000_000_000} },
		"TimestampProtoInputTooSmall":             func(m *envelopev1.Torture) { m.At = &timestamppb.Timestamp{Seconds: -62_135_596_801} },
		"TimestampProtoInputTooLarge":             func(m *envelopev1.Torture) { m.At = &timestamppb.Timestamp{Seconds: 253_402_300_800} },
		"TimestampProtoNegativeNanos":             func(m *envelopev1.Torture) { m.At = &timestamppb.Timestamp{Nanos: -1} },
		"TimestampProtoNanoTooLarge":              func(m *envelopev1.Torture) { m.At = &timestamppb.Timestamp{Nanos: 1_000_000_000} },
		"FieldMaskPathsDontRoundTrip":             func(m *envelopev1.Torture) { m.Mask = &fieldmaskpb.FieldMask{Paths: []string{"fooBar"}} },
		"FieldMaskNumbersDontRoundTrip":           func(m *envelopev1.Torture) { m.Mask = &fieldmaskpb.FieldMask{Paths: []string{"foo_3_bar"}} },
		"FieldMaskTooManyUnderscore":              func(m *envelopev1.Torture) { m.Mask = &fieldmaskpb.FieldMask{Paths: []string{"foo__bar"}} },
		"ValueRejectNanNumberValue":               func(m *envelopev1.Torture) { m.Value = structpb.NewNumberValue(math.NaN()) },
		"ValueRejectInfNumberValue":               func(m *envelopev1.Torture) { m.Value = structpb.NewNumberValue(math.Inf(1)) },
		"a Value without a kind":                  func(m *envelopev1.Torture) { m.Value = &structpb.Value{} },
	} {
		msg := &envelopev1.Torture{Id: eventID}
		set(msg)
		if _, err := event.Encode(context.Background(), msg, event.WithTime(time.Unix(at, 0))); err == nil {
			t.Errorf("%s: it is written", name)
		}
		p.encode(t, msg)
	}
}
