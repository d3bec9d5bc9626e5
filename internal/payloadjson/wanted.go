package payloadjson

import (
	"encoding/json"
	"math"
	"strconv"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// wanted is what a field takes, in words.
func wanted(fd protoreflect.FieldDescriptor) string {
	want, _ := wantedValue(fd)
	return want
}

// wantedValue is what a field takes, in words, and which kinds of JSON it may be.
func wantedValue(fd protoreflect.FieldDescriptor) (want, kinds string) {
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return "true or false", "t"
	case protoreflect.StringKind:
		return "a text in quotes", `"`
	case protoreflect.BytesKind:
		return `bytes as Base64 text, such as "3q2+7w=="`, `"`
	case protoreflect.EnumKind:
		return "the name of a value of " + string(fd.Enum().Name()), `"`
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return "a number", "0"
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return "a whole number from 0 to " + strconv.FormatUint(math.MaxUint32, 10), `0"`
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return "a whole number from 0 to " + strconv.FormatUint(math.MaxUint64, 10), `0"`
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return "a whole number of 64 bits", `0"`
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return "a whole number from -2147483648 to 2147483647", `0"`
	default:
		return wantedMessage(fd.Message())
	}
}

// wantedMessage is what a well-known message takes.
func wantedMessage(d protoreflect.MessageDescriptor) (want, kinds string) {
	switch d.Name() {
	case "Timestamp":
		return `a time with its zone, such as "2026-01-02T15:04:05Z"`, `"`
	case "Duration":
		return `a duration in seconds, such as "90s" or "1.5s"`, `"`
	case "FieldMask":
		return `names of fields in camelCase with commas between, such as "title,dueDate"`, `"`
	case "Any":
		return `an object with "@type" and the fields of that type, which eventctl has to know`, "{"
	case "Struct":
		return "an object", "{"
	case "ListValue":
		return "an array", "["
	case "Value":
		return "a JSON value that is not nested too deeply", `{["0tn`
	case "Empty":
		return "an empty object", "{"
	}
	if d.ParentFile().Path() == "google/protobuf/wrappers.proto" {
		return wantedValue(d.Fields().Get(0))
	}
	return "an object", "{"
}

// maxName bounds the names that are repeated: they are the user's, and may be anything.
const maxName = 60

// printable is a name of the payload as it is shown: whoever prints it escapes it.
func printable(name string) string {
	if utf8.RuneCountInString(name) <= maxName {
		return name
	}
	return string([]rune(name)[:maxName]) + "…"
}

func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil { // a string can always be written
		return `""`
	}
	return string(b)
}
