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
	shown := cut(text, maxShown)
	r := redaction{text: text, hidden: make([]bool, len(shown)), seen: map[string]bool{}}
	if msg != nil {
		r.hideSensitive(msg.ProtoReflect(), false)
	}
	var out strings.Builder
	for i, hide := range r.hidden {
		switch {
		case !hide:
			out.WriteByte(shown[i])
		case i == 0 || !r.hidden[i-1]:
			out.WriteString(redacted)
		}
	}
	return cut(out.String(), maxShown)
}

// redaction is a text whose beginning is to be shown. Every value is looked for in
// the text itself, and not in what is left of it: values may overlap, be parts of
// each other, and of the word "redacted". Nothing is kept of a value that the text
// does not have: their number is up to the record's writer.
type redaction struct {
	text   string
	hidden []bool          // by byte of what is shown
	seen   map[string]bool // values that are hidden already
}

// hide hides a value wherever it occurs.
func (r *redaction) hide(v string) {
	rest := r.text[:min(len(r.text), len(r.hidden)+len(v)-1)] // the cut splits no value
	at := strings.Index(rest, v)
	if at < 0 || r.seen[v] {
		return
	}
	r.seen[v] = true
	for {
		for k := at; k < min(at+len(v), len(r.hidden)); k++ {
			r.hidden[k] = true
		}
		at += len(v)
		next := strings.Index(rest[at:], v)
		if next < 0 {
			return
		}
		at += next
	}
}

// hideSensitive hides the sensitive values, and, where all is set, every value of
// m.
func (r *redaction) hideSensitive(m protoreflect.Message, all bool) {
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		hide := all || descriptor.Sensitive(fd)
		one := func(fd protoreflect.FieldDescriptor, v protoreflect.Value) {
			if fd.Message() != nil {
				r.hideSensitive(v.Message(), hide)
			} else if hide {
				for _, s := range spellings(v) {
					r.hide(s)
				}
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
