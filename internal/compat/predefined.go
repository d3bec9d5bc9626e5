package compat

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// declaredExpressions are what the predefined rules say that are set in a message of
// rules. They stand in another file, which may change alone.
func (s *State) declaredExpressions(m protoreflect.Message) []string {
	var out []string
	for raw := m.GetUnknown(); len(raw) > 0; {
		number, _, n := protowire.ConsumeField(raw)
		if n < 0 {
			break
		}
		raw = raw[n:]
		x, err := s.judge.types.FindExtensionByNumber(m.Descriptor().FullName(), number)
		if err != nil {
			continue
		}
		for _, r := range descriptor.Predefined(x.TypeDescriptor()) {
			out = append(out, r.GetExpression())
		}
	}
	return out
}

func (s *State) declared(m protoreflect.Message) string {
	return fmt.Sprintf("%q", strings.Join(s.declaredExpressions(m), "\n"))
}
