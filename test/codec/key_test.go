package codec_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// The key of a message that nobody has validated is the same with generated code, which
// once lowered less of what only looks like a UUID.
func TestKeyOfAnyText(t *testing.T) {
	t.Parallel()
	texts := append([]string{strings.Repeat("A", 32), strings.Repeat("A", 36), strings.Repeat("-A", 16), strings.Repeat("A-", 18), eventID[:35] + "-", strings.ToUpper(eventID[:35]) + "-"}, candidates...)
	for _, p := range pairs(t) {
		fd := p.fast.Descriptor.Fields().ByName(protoreflect.Name(p.fast.KeyPath))
		if fd == nil || fd.Kind() != protoreflect.StringKind {
			continue
		}
		for _, text := range texts {
			msg := p.new(t)
			msg.ProtoReflect().Set(fd, protoreflect.ValueOfString(text))
			twin := p.twin(msg)
			fast, fastErr := p.fast.Key(msg)
			slow, slowErr := p.ref.ContractOf(twin)
			if fastErr != nil || slowErr != nil {
				t.Fatal(fastErr, slowErr)
			}
			if want, err := slow.Key(twin); err != nil || fast != want {
				t.Errorf("%s: the key of %q is %q with generated code, and %q without (%v)", p.name(), text, fast, want, err)
			}
		}
	}
}
