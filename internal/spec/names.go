package spec

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// goMethods are the methods for which protoc-gen-go gives a field another name
// with an underscore at its end, as of 1.36 (compiler/protogen, newMessage).
var goMethods = []string{"Reset", "String", "ProtoMessage", "Marshal", "Unmarshal", "ExtensionRangeArray", "ExtensionMap", "Descriptor"}

// checkName checks what can be said of a field's name alone.
func (p *parser) checkName(t token) bool {
	name := t.text
	if at, r, ok := foreign(t); ok {
		problem, fix := describe(r, utf8.RuneLen(r))
		if fix == "remove it" {
			fix = "use the letters a to z, digits and underscores"
		}
		p.fail(at, fmt.Sprintf("%s in the field's name %s", problem, quote(name)), fix)
		return false
	}
	snake := isLowerSnake(name)
	goName := ""
	if snake {
		goName = camel(name)
	}
	switch {
	case len(name) > MaxName:
		p.fail(t.at, fmt.Sprintf("the field's name %s has %d characters", quote(name), len(name)), fmt.Sprintf("use at most %d", MaxName))
	case p.reserved(name) || !snake && p.reserved(lowerSnake(name)):
		p.fail(t.at, fmt.Sprintf("the field %s has the name of metadata, which every record has beside the payload", quote(name)), reservedFix(name))
	case !snake:
		fix := "use the letters a to z, digits and single underscores, and begin with a letter"
		if s := lowerSnake(name); isLowerSnake(s) {
			fix = "write " + quote(s)
		}
		p.fail(t.at, fmt.Sprintf("the field's name %s is not lower_snake", quote(name)), fix)
	case goName == "ProtoReflect":
		p.fail(t.at, fmt.Sprintf("the field %s does not compile in Go, where every message has a method ProtoReflect", quote(name)), "give it another name")
	case slices.Contains(goMethods, goName):
		p.fail(t.at, fmt.Sprintf("the field %s would be %s_ in Go, where every message has a method %s", quote(name), goName, goName), "give it another name")
	default:
		return true
	}
	return false
}

func reservedFix(name string) string {
	return fmt.Sprintf("say whose it is, such as %s", quote("order_"+lowerSnake(name)))
}

// foreign is the first character of a word that no identifier has, if it is not of
// ASCII.
func foreign(t token) (Pos, rune, bool) {
	at := t.at
	for _, r := range t.text {
		if r >= utf8.RuneSelf {
			return at, r, true
		}
		at.Offset++
		at.Column++
	}
	return at, 0, false
}

// checkNames holds the names of all fields against each other.
func (p *parser) checkNames() {
	json := make(map[string]string, len(p.spec.Fields)) // as other languages and JSON spell it
	values := map[string]string{}                       // of enums, which share the message's scope
	enums := map[string]string{}
	for i := range p.spec.Fields {
		f := &p.spec.Fields[i]
		key := camel(f.Name)
		switch twin, ok := json[key]; {
		case ok && twin == f.Name:
			p.fail(f.At, fmt.Sprintf("a second field %s", quote(f.Name)), "remove it or give it another name")
		case ok:
			p.fail(f.At, fmt.Sprintf("%s and %s have one name in JSON, %s", quote(twin), quote(f.Name), quote(lowerFirst(key))), "rename one of them")
		}
		json[key] = f.Name
		p.checkEnumNames(f, enums, values)
	}
	for _, f := range p.spec.Fields {
		if rest, ok := strings.CutPrefix(f.Name, "get_"); ok && json[camel(rest)] == rest {
			p.fail(f.At, fmt.Sprintf("%s beside %s: in Go the method of one has the name of the other", quote(f.Name), quote(rest)), "rename one of them")
		}
	}
	p.checkMessages(enums)
}

// checkEnumNames finds two enums of the message that would declare one name.
func (p *parser) checkEnumNames(f *Field, enums, values map[string]string) {
	e := &f.Type
	if e.Elem != nil {
		e = e.Elem
	}
	if e.Base != Enum || enums[EnumName(f.Name)] != "" {
		return
	}
	enums[EnumName(f.Name)] = f.Name
	prefix := EnumPrefix(f.Name)
	for _, v := range append([]string{"unspecified"}, e.Values...) {
		full := prefix + upper(v)
		if twin, ok := values[full]; ok {
			p.fail(f.At, fmt.Sprintf("the enums of %s and %s both have a value %s in the contract", quote(twin), quote(f.Name), full), "rename a field or a value")
			return
		}
		values[full] = f.Name
	}
	for _, v := range e.Values {
		if strings.HasPrefix(upper(v)+"_", prefix) {
			p.fail(f.At, fmt.Sprintf("the value %s of %s repeats the field's name, which the contract puts before it: %s", quote(v), quote(f.Name), prefix+upper(v)),
				"leave the field's name out of the value")
			return
		}
	}
}

// checkMessages finds messages whose name an enum of the event takes.
func (p *parser) checkMessages(enums map[string]string) {
	if len(enums) == 0 {
		return
	}
	for _, f := range p.spec.Fields {
		t := f.Type
		if t.Elem != nil {
			t = *t.Elem
		}
		first, _, _ := strings.Cut(t.Message, ".")
		if field, ok := enums[first]; ok {
			p.fail(f.At, fmt.Sprintf("the message %s has the name of the enum that the field %s declares", first, quote(field)), "rename the field "+quote(field))
		}
	}
}

// isLowerSnake reports whether a name is words of a to z and digits with single
// underscores between them, the first of which begins with a letter.
func isLowerSnake(s string) bool {
	if s == "" || s[0] < 'a' || s[0] > 'z' || s[len(s)-1] == '_' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9') || c == '_' && s[i-1] == '_' {
			return false
		}
	}
	return true
}

// lowerSnake converts a name: a capital begins a word, as does what follows
// anything that is neither a letter nor a digit. What is not of ASCII goes, but
// for what looks as if it were.
func lowerSnake(s string) string {
	runes := []rune(s)
	b := make([]byte, 0, len(s)+4)
	pending := false
	for i, r := range runes {
		if twin, ok := lookalike(r); ok && len(twin) == 1 {
			r = rune(twin[0])
		}
		switch {
		case r >= 'A' && r <= 'Z':
			// "userID" has two words, "HTTPPort" too.
			after := i > 0 && (runes[i-1] >= 'a' && runes[i-1] <= 'z' || runes[i-1] >= '0' && runes[i-1] <= '9')
			before := i > 0 && i+1 < len(runes) && runes[i-1] >= 'A' && runes[i-1] <= 'Z' && runes[i+1] >= 'a' && runes[i+1] <= 'z'
			if (pending || after || before) && len(b) > 0 {
				b = append(b, '_')
			}
			b, pending = append(b, byte(r)+'a'-'A'), false
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if pending && len(b) > 0 {
				b = append(b, '_')
			}
			b, pending = append(b, byte(r)), false
		default:
			pending = true
		}
	}
	return string(b)
}

// Snake is a name in lower_snake: that of a field, a file or a package for a name in
// CamelCase. Characters that no such name has are left out.
func Snake(name string) string { return lowerSnake(name) }

// camel is a lower_snake name in CamelCase, as protobuf derives a JSON name but for
// the first letter.
func camel(s string) string {
	b := make([]byte, 0, len(s))
	capital := true
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '_':
			capital = true
			continue
		case capital && c >= 'a' && c <= 'z':
			c -= 'a' - 'A'
		}
		b, capital = append(b, c), false
	}
	return string(b)
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

func upper(s string) string { return strings.ToUpper(s) }
