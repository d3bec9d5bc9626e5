package event

import (
	"errors"
	"strings"
	"testing"
)

// Internal, because no linked event with two majors has a sensitive field.
func TestConversionErrorHidesText(t *testing.T) {
	t.Parallel()
	cause := errors.New("cannot convert canary")
	open, closed := &Contract{}, &Contract{sensitive: true}
	for _, pair := range [][2]*Contract{{open, closed}, {closed, open}} {
		err := conversionError(cause, pair[0], pair[1])
		if strings.Contains(err.Error(), "canary") || !errors.Is(err, cause) {
			t.Errorf("error %v", err)
		}
	}
}
