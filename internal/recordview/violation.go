package recordview

import (
	"cmp"

	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// ViolationText is a broken rule in words, as far as it has any.
func ViolationText(v event.Violation) string {
	text := cmp.Or(v.Field, "the event")
	if v.Message != "" {
		text += ": " + v.Message
	}
	return text + " (" + v.Rule + ")"
}
