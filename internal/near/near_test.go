package near_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/near"
)

func TestNames(t *testing.T) {
	t.Parallel()
	for typed, row := range map[string]struct{ known, want []string }{
		"strng":   {[]string{"int", "str", "string"}, []string{"string", "str"}},
		"TODOS":   {[]string{"todos", "reminders"}, []string{"todos"}},
		"Created": {[]string{"TodoCreated", "TodoDeleted"}, []string{"TodoCreated"}},
		"x":       {[]string{"y", "yy", "abc"}, []string{"y"}},
		"aaaa":    {[]string{"aaab", "aaac", "aaad", "aaae"}, []string{"aaab", "aaac", "aaad"}},
		"far":     {[]string{"nothing"}, nil},
	} {
		if diff := cmp.Diff(row.want, near.Names(typed, row.known)); diff != "" {
			t.Errorf("Names(%q) (-want +got):\n%s", typed, diff)
		}
	}
}
