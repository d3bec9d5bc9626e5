package catalog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/contractlock"
)

// LockStale is the rule of contracts.lock, which buf cannot know.
const LockStale = "CONTRACT_LOCK_STALE"

// Examined is contracts with all that is wrong with them.
type Examined struct {
	*Compiled

	State *compat.State
	Lock  contractlock.Lock // as it should be

	// Services are those of services.yaml, as far as it can be read.
	Services []Service

	// Catalog is nil if services would not start with the contracts.
	Catalog *Catalog

	// Problems are what Load finds, what the gate's rules find in one state alone, and
	// whether contracts.lock is current.
	Problems Problems
}

// Examine compiles contracts and looks for everything that can be found in them alone. The
// error is of type Problems if they do not compile, and nothing else is known then.
func Examine(ctx context.Context, opts Options) (*Examined, error) {
	opts, src, err := find(opts)
	if err != nil {
		return nil, err
	}
	return inTime(ctx, func(ctx context.Context) (*Examined, error) {
		c, err := compiledOf(ctx, opts, src)
		if err != nil {
			return nil, err
		}
		e := &Examined{Compiled: c}
		if e.State, err = compat.NewState(c.Files); err != nil {
			return nil, fmt.Errorf("contracts: %w", err)
		}
		e.Lock = contractlock.Of(e.State)
		e.Catalog, err = check(opts, src, c.Set, nil)
		if err != nil && !errors.As(err, &e.Problems) {
			return nil, err
		}
		if e.Services, _, err = loadServices(opts, src); err != nil {
			return nil, err
		}
		e.Problems = append(e.Problems, e.lint()...)
		lock, err := e.lockProblem(opts, src)
		if err != nil {
			return nil, err
		}
		e.Problems = sortProblems(append(e.Problems, lock...))
		return e, nil
	})
}

// lint is what the gate's rules say of one state, which no service asks at its start.
func (e *Examined) lint() []Problem {
	var out []Problem
	for _, f := range compat.Lint(e.State) {
		out = append(out, Problem{File: e.Path(f.New.File), Line: f.New.Line, Event: f.Event, Problem: f.Breaks, Fix: f.Fix, Rule: f.Rule})
	}
	return out
}

// lockProblem compares contracts.lock with the contracts. A place without one has none:
// generate writes it.
func (e *Examined) lockProblem(opts Options, src source) ([]Problem, error) {
	if src.repo == nil {
		return nil, nil
	}
	text, err := src.repo.ReadFile(contractlock.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("contracts: %w", err)
	}
	p := contractlock.Check(text, e.Lock)
	if p == nil {
		return nil, nil
	}
	return []Problem{{File: display(opts.Dir, filepath.Join(src.root, contractlock.File)), Line: p.Line, Problem: p.Problem, Fix: p.Fix, Rule: LockStale}}, nil
}
