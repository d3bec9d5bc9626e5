package eventbus

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

const (
	redacted = "[redacted]"

	// maxShown bounds an error's text in a log and a dead letter. A handler may
	// quote a record of any size in it.
	maxShown = 4 << 10
)

// redact is text, cut to maxShown, without the values of msg's fields that are
// personal or secret. A handler's error may quote what it was given.
func redact(text string, msg proto.Message) string {
	var values []string
	if msg != nil {
		collectSensitive(msg.ProtoReflect(), false, &values)
	}
	slices.Sort(values)
	shown := cut(text, maxShown)
	// Every value is looked for in the text itself, and not in what is left of
	// it: values may overlap, be parts of each other, and of the word "redacted".
	// A strings.Replacer would leave a rest of values that overlap, and takes
	// memory by the number of values, which the record's writer chooses.
	hidden := make([]bool, len(shown))
	for _, v := range slices.Compact(values) {
		rest := text[:min(len(text), len(shown)+len(v)-1)] // the cut splits no value
		for at := 0; ; at += len(v) {
			i := strings.Index(rest[at:], v)
			if i < 0 {
				break
			}
			at += i
			for k := at; k < min(at+len(v), len(hidden)); k++ {
				hidden[k] = true
			}
		}
	}
	var out strings.Builder
	for i, hide := range hidden {
		switch {
		case !hide:
			out.WriteByte(shown[i])
		case i == 0 || !hidden[i-1]:
			out.WriteString(redacted)
		}
	}
	return cut(out.String(), maxShown)
}

// collectSensitive adds the texts of sensitive values, and, where all is set,
// of every value of m.
func collectSensitive(m protoreflect.Message, all bool, out *[]string) {
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		hide := all || descriptor.Sensitive(fd)
		one := func(fd protoreflect.FieldDescriptor, v protoreflect.Value) {
			if fd.Message() != nil {
				collectSensitive(v.Message(), hide, out)
			} else if hide {
				*out = append(*out, spellings(v)...)
			}
		}
		switch {
		case fd.IsMap():
			v.Map().Range(func(k protoreflect.MapKey, e protoreflect.Value) bool {
				one(fd.MapKey(), k.Value())
				one(fd.MapValue(), e)
				return true
			})
		case fd.IsList():
			for i := range v.List().Len() {
				one(fd, v.List().Get(i))
			}
		default:
			one(fd, v)
		}
		return true
	})
}

// spellings are the ways in which an error may quote a value.
func spellings(v protoreflect.Value) []string {
	text := fmt.Sprint(v.Interface())
	out := []string{text}
	if b, ok := v.Interface().([]byte); ok {
		out = append(out, string(b), hex.EncodeToString(b), base64.StdEncoding.EncodeToString(b))
	}
	quoted := strconv.Quote(text)
	out = append(out, quoted[1:len(quoted)-1], url.QueryEscape(text))
	slices.Sort(out)
	out = slices.Compact(out)
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

// cut shortens UTF-8 text to at most n bytes.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
