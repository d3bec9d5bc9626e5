package authoring

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/eventcontracts/eventcontracts/internal/spec"
)

// typeName is what the wire type and the message of a new event may be called: words in
// CamelCase. buf's rule MESSAGE_PASCAL_CASE and the name of the file follow from it.
var typeName = regexp.MustCompile(`^[A-Z][a-z0-9]*([A-Z][a-z0-9]*)*$`)

// maxType is the longest name of a new event. Contracts allow more, and the names of
// files, enums and tests are made of it.
const maxType = 100

func checkType(typ string) error {
	switch {
	case typ == "":
		return mistake("the event has no name: give one such as TodoCreated")
	case len(typ) > maxType:
		return mistake("the event's name %.40q… has %d characters: use at most %d", typ, len(typ), maxType)
	case !typeName.MatchString(typ):
		if better := spec.EnumName(spec.Snake(typ)); typeName.MatchString(better) {
			return mistake("the event's name %q is not in CamelCase: write %s", typ, better)
		}
		return mistake("the event's name %.60q is not in CamelCase: use the letters A to Z, a to z and digits, such as TodoCreated", typ)
	}
	return nil
}

// restricted are names of directories below which the go command finds no packages, or
// lets few import them: `go help packages`, `go help gopath`.
var restricted = []string{"internal", "vendor", "testdata"}

var majorName = regexp.MustCompile(`^v[0-9]+$`)

// checkDomain refuses names that protobuf or Go could not use as one. Inside of a
// package such as events.google.v1, google.protobuf.Timestamp would be looked for in
// events.google; every file below events would stop compiling.
func (l *landscape) checkDomain(domain, prefix string) error {
	switch {
	case !isLowerSnake(domain):
		if better := spec.Snake(domain); isLowerSnake(better) {
			return mistake("--domain %.60q is not lower_snake: write %s", domain, better)
		}
		return mistake("--domain %.60q is not lower_snake: use the letters a to z, digits and underscores", domain)
	case len(domain) > maxType:
		return mistake("--domain %.40q… has %d characters: use at most %d", domain, len(domain), maxType)
	case slices.Contains(restricted, domain):
		return mistake("the domain %q cannot be imported as a directory of Go: choose another by --domain", domain)
	case majorName.MatchString(domain):
		return mistake("the domain %q looks like a major version: choose another by --domain", domain)
	case prefix != "" && l.roots[domain]:
		return mistake("the domain %q would hide the package %s from the other contracts of %s: choose another by --domain", domain, domain, prefix)
	}
	return nil
}

func isLowerSnake(s string) bool {
	return s != "" && s[0] >= 'a' && s[0] <= 'z' && spec.Snake(s) == s
}

// words are those of a name in CamelCase, in lower case.
func words(camel string) []string { return strings.Split(spec.Snake(camel), "_") }

// plural is the plural of an English word, as far as rules go, of the last one of
// lower_snake. What looks like a plural stays.
func plural(word string) string {
	switch n := len(word); {
	case n < 2:
		return word + "s"
	case strings.HasSuffix(word, "y") && !strings.ContainsRune("aeiou", rune(word[n-2])):
		return word[:n-1] + "ies"
	case hasAnySuffix(word, "ss", "us", "x", "z", "ch", "sh"):
		return word + "es"
	case strings.HasSuffix(word, "s"):
		return word
	}
	return word + "s"
}

func hasAnySuffix(s string, suffixes ...string) bool {
	return slices.ContainsFunc(suffixes, func(suffix string) bool { return strings.HasSuffix(s, suffix) })
}

// platforms are the last words of file names that the go command takes for a build
// constraint, and leaves the file out elsewhere (go/build, goodOSArchFile): the
// generated order_windows.pb.go would be part of the package on Windows alone.
var platforms = strings.Fields(`
	aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos
	386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 ppc64le
	riscv riscv64 s390 s390x sparc sparc64 wasm test`)

// fileName is the name of an event's file, without its ending.
func fileName(typ string) string {
	all := words(typ)
	if slices.Contains(platforms, all[len(all)-1]) {
		all = append(all, "event")
	}
	return strings.Join(all, "_")
}

// checkText refuses what would end a comment's line or move a terminal's cursor.
func checkText(flag, text string, most int) error {
	switch {
	case !utf8.ValidString(text):
		return mistake("%s is not UTF-8: write it in UTF-8", flag)
	case strings.TrimSpace(text) == "":
		return mistake("%s is empty: give a text or leave it out", flag)
	case utf8.RuneCountInString(text) > most:
		return mistake("%s has %d characters: use at most %d", flag, utf8.RuneCountInString(text), most)
	}
	for _, r := range text {
		if r != '\n' && !unicode.IsPrint(r) {
			return mistake("%s has the character U+%04X: remove it", flag, r)
		}
	}
	return nil
}

// article is "a" or "an".
func article(word string) string {
	if word != "" && strings.ContainsRune("aeiou", rune(word[0])) {
		return "an " + word
	}
	return "a " + word
}

// placeholder is a comment for an event that nobody has described.
func placeholder(typ string) string {
	all := words(typ)
	last := len(all) - 1
	if last > 0 && strings.HasSuffix(all[last], "ed") {
		return fmt.Sprintf("%s is published when %s is %s.", typ, article(strings.Join(all[:last], " ")), all[last])
	}
	return fmt.Sprintf("%s is published when it happens.", typ)
}
