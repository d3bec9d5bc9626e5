package catalog

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
)

// notUTF8 tells of files that are not UTF-8, which .proto files are. The compiler would
// call each such byte an invalid character of its own, and take it for U+FFFD in a
// comment, which is then what documents show.
func notUTF8(repo *contractrepo.Repo) []Problem {
	var out []Problem
	for _, m := range repo.Modules {
		for _, f := range m.Files {
			text, err := repo.ReadFile(path.Join(m.Dir, f))
			if err != nil || utf8.Valid(text) { // who compiles it says why it cannot be read
				continue
			}
			at := 0
			for at < len(text) {
				r, size := utf8.DecodeRune(text[at:])
				if r == utf8.RuneError && size == 1 {
					break
				}
				at += size
			}
			out = append(out, Problem{
				File: f, Line: 1 + bytes.Count(text[:at], []byte("\n")),
				Problem: fmt.Sprintf("the file is not UTF-8: the byte 0x%02x is no part of a character", text[at]), Fix: "save it in UTF-8",
			})
		}
	}
	return out
}

// inField finds the option whose text is not UTF-8 in what the protobuf library says.
var inField = regexp.MustCompile(`field ([\w.]+) contains invalid UTF-8`)

// bytesInText tells of the files whose options have bytes in place of text, as the
// escape "\xff" makes them: protobuf cannot write such a descriptor.
func bytesInText(set *descriptorpb.FileDescriptorSet) []Problem {
	var out []Problem
	for _, f := range set.File {
		_, err := proto.MarshalOptions{AllowPartial: true}.Marshal(f)
		if err == nil {
			continue
		}
		what := "an option has text that is not UTF-8"
		if m := inField.FindStringSubmatch(err.Error()); m != nil {
			what = "the text of " + m[1] + " is not UTF-8"
		}
		out = append(out, Problem{File: f.GetName(), Problem: what, Fix: `write characters, or \u escapes, instead of bytes such as \xff`})
	}
	return out
}
