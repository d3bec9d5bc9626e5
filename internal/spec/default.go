package spec

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// checkDefault holds a default against its type and bounds, which are sound.
func (p *parser) checkDefault(d *draft, t *trait) {
	at := d.preset.at
	refuse := func(problem, fix string) { p.fail(at, problem, fix) }
	switch {
	case !t.defaults:
		why := "a default is a scalar or an enum's value"
		if d.Base == Bytes {
			why = "the line cannot write bytes; add it to the .proto"
		}
		p.fail(d.presetAt, fmt.Sprintf("%s has no default", d.Type.name()), why)
		return
	case !d.Optional:
		p.fail(d.presetAt, "a required field has no default", fmt.Sprintf(`write "%s?" before it: what is never absent needs none`, d.Type.name()))
		return
	}
	v := d.preset.text
	switch d.Base {
	case Int, Int64, Float:
		n, ok := p.number(v, at, d.Base)
		if !ok {
			return
		}
		v = n
		if !d.within(v) {
			refuse(fmt.Sprintf("the default %s is outside its bounds", v), "give one that they allow")
			return
		}
	case Bool:
		if v = strings.ToLower(v); v != "true" && v != "false" {
			refuse(fmt.Sprintf("the default %s is not a bool", quote(d.preset.text)), `write "true" or "false"`)
			return
		}
	case Enum:
		if v = lowerSnake(v); !slices.Contains(d.Values, v) {
			refuse(fmt.Sprintf("the default %s is not a value of the enum", quote(d.preset.text)), "give one of "+some(d.Values))
			return
		}
	default:
		if problem, fix := d.refusesText(v, t); problem != "" {
			refuse(problem, fix)
			return
		}
	}
	if len(d.Values) > 0 && d.Base != Enum && !slices.Contains(d.Values, v) {
		refuse(fmt.Sprintf("the default %s is not among the allowed values", quote(v)), "give one of "+some(d.Values))
		return
	}
	d.Default = &v
}

// some are the first few of the values, for an error.
func some(values []string) string {
	out := make([]string, 0, 6)
	for i, v := range values {
		if i == 5 {
			out = append(out, "…")
			break
		}
		out = append(out, short(v))
	}
	return strings.Join(out, ", ")
}

// within reports whether a number is inside its bounds.
func (d *draft) within(v string) bool {
	if d.Min.Set() && !leaves(d.Base, d.Min, Bound{Number: v}) {
		return false
	}
	return !d.Max.Set() || leaves(d.Base, Bound{Number: v}, d.Max)
}

// refusesText says why a text is not one of the type.
func (d *draft) refusesText(v string, t *trait) (problem, fix string) {
	if check := formats[d.Base]; check != nil && !check(v) {
		return fmt.Sprintf("the default %s is not of the type %s", quote(v), d.Base), "write one such as " + examples[d.Base]
	}
	if t.bounds == length && len(d.Values) == 0 {
		n := utf8.RuneCountInString(v)
		low, high := 0, t.max
		if d.Min.Set() {
			low, _ = strconv.Atoi(d.Min.Number)
		}
		if d.Max.Set() {
			high, _ = strconv.Atoi(d.Max.Number)
		}
		if high == 0 {
			high = math.MaxInt32
		}
		if n < low || n > high {
			return fmt.Sprintf("the default has %d characters, which its bounds refuse", n), "give one that they allow"
		}
	}
	if d.Pattern != "" {
		if re, err := regexp.Compile(d.Pattern); err == nil && !re.MatchString(v) {
			return fmt.Sprintf("the default %s does not match the expression", quote(v)), "give one that does"
		}
	}
	return "", ""
}
