package gate

import (
	"context"
	"errors"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/compat"
)

// Pair is two states of contracts.
type Pair struct {
	Name     string // of the earlier one: "release v1.4.0", "0123456789ab (HEAD~1)"
	Old, New *compat.State
}

// Earlier is the contracts as they are beside an earlier state: the commit that the gate
// would take or, where Against is no commit or there is no git, a release. Contracts need
// not be sound, and have to compile.
func Earlier(ctx context.Context, opts Options) (*Pair, error) {
	c, err := catalog.Compile(ctx, catalog.Options{Contracts: opts.Contracts, Dir: opts.Dir})
	if err != nil {
		return nil, err
	}
	if c.Repo == nil {
		return nil, unknownf("%s is an image: give the directory of the contracts", opts.Contracts)
	}
	out := &Pair{}
	now, err := newLoaded(c)
	if err != nil {
		return nil, err
	}
	out.New = now.state
	commit, err := committed(ctx, now, opts)
	if err == nil {
		defer commit.tree.Remove()
		out.Name, out.Old = commit.Name, commit.state.state
		return out, nil
	}
	var nothing *Nothing
	if opts.Against == "" && !errors.As(err, &nothing) {
		return nil, err
	}
	releases, listErr := released(c.Root)
	if listErr != nil {
		return nil, listErr
	}
	r := releaseOf(releases, opts.Against)
	if opts.Against == "" && len(releases) > 0 {
		r = releases[len(releases)-1]
	}
	if r == nil {
		return nil, err
	}
	out.Name, out.Old = r.Name, r.state.state
	return out, nil
}
