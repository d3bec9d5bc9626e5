package spec

import "fmt"

// checkEnum makes values lower_snake and refuses those that are no names of an
// enum's values, or the same. It reports whether there were no mistakes.
func (p *parser) checkEnum(d *draft, values []literal) bool {
	before := len(p.errs)
	seen := make(map[string]string, len(values))
	for _, v := range values {
		name := lowerSnake(v.text)
		switch {
		case name == "":
			p.fail(v.at, fmt.Sprintf("%s is not a name of an enum's value", quote(v.text)), `names are letters and digits with underscores; "str in[…]" takes any text`)
			continue
		case name == "unspecified":
			p.fail(v.at, fmt.Sprintf("%s is the value that protobuf has for what is not given", quote(v.text)), "give it another name: an enum has it anyway")
			continue
		}
		// protobuf compares values as other languages will spell them.
		key := camel(name)
		if twin, ok := seen[key]; ok {
			problem := fmt.Sprintf("enum[…] has %s twice", quote(v.text))
			if twin != v.text {
				problem = fmt.Sprintf("%s and %s are one value of an enum", quote(twin), quote(v.text))
			}
			p.fail(v.at, problem, "remove or rename one of them")
			continue
		}
		seen[key] = v.text
		d.Values = append(d.Values, name)
	}
	return len(p.errs) == before
}

// EnumName is the name of the enum that a field declares: the field's in
// CamelCase.
func EnumName(field string) string { return camel(field) }

// EnumPrefix is what the names of the enum's values begin with, as buf's rule
// ENUM_VALUE_PREFIX wants it: the enum's name in UPPER_SNAKE, where a capital begins
// a word behind a small letter or before one, and a digit does not.
func EnumPrefix(field string) string {
	name := EnumName(field)
	b := make([]byte, 0, len(name)+8)
	small := func(i int) bool { return i >= 0 && i < len(name) && name[i] >= 'a' && name[i] <= 'z' }
	for i := range len(name) {
		if c := name[i]; i > 0 && c >= 'A' && c <= 'Z' && (small(i-1) || small(i+1)) {
			b = append(b, '_')
		}
		b = append(b, name[i])
	}
	return upper(string(b)) + "_"
}

// EnumValue is the name of a value in the contract, and in JSON.
func EnumValue(field, value string) string { return EnumPrefix(field) + upper(value) }
