package gate_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/gate"
)

// A baseline that somebody names and that cannot be looked up is not one without
// contracts: nobody would know that nothing was compared.
func TestABaselineThatIsNamedIsNeverPassedOver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := gate.Find(t.Context(), dir, "main", "--against")
	var unknown *gate.Unknown
	if !errors.As(err, &unknown) || !strings.Contains(err.Error(), "--against main: this is not a git repository") {
		t.Errorf("named: %v", err)
	}
	_, err = gate.Find(t.Context(), dir, "", "--against")
	var nothing *gate.Nothing
	if !errors.As(err, &nothing) {
		t.Errorf("not named: %v", err)
	}
}

// On a branch, the gate compared with the commit before it where the default branch was not
// called main.
func TestTheDefaultBranchHasAnyName(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		refs [][2]string
		want string
	}{
		"main":               {[][2]string{{"main", "HEAD~2"}}, "merge base with origin/main"},
		"master":             {[][2]string{{"master", "HEAD~2"}}, "merge base with origin/master"},
		"both":               {[][2]string{{"master", "HEAD~1"}, {"main", "HEAD~2"}}, "merge base with origin/main"},
		"what a clone knows": {[][2]string{{"main", "HEAD~1"}, {"trunk", "HEAD~2"}, {"HEAD", "trunk"}}, "merge base with origin/trunk"},
		"no remote":          {nil, "HEAD~1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := repository{t, t.TempDir()}
			r.git("init", "-q", "-b", "work")
			for _, message := range []string{"one", "two", "three"} {
				r.commit(message)
			}
			for _, ref := range row.refs {
				if ref[0] == "HEAD" {
					r.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/"+ref[1])
				} else {
					r.git("update-ref", "refs/remotes/origin/"+ref[0], ref[1])
				}
			}
			c, err := gate.Find(t.Context(), r.dir, "", "")
			if err != nil || c.Why != row.want {
				t.Errorf("%+v, %v, want %q", c, err, row.want)
			}
		})
	}
}
