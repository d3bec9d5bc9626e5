package rulecost

import (
	"fmt"
	"math"
	"math/bits"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/checker"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
)

// few and many are two sizes of a payload. What an expression costs for the two
// tells how its cost grows; slack is for what does not grow at first.
const (
	few   = 1 << 10
	many  = 1 << 20
	slack = 4
)

// dearest is the highest cost of an expression for the small payload, in CEL's units of
// some nanoseconds: one that costs more does so whatever the payload is, because it is
// about constants.
const dearest = 10_000_000

// deepest is how many lists within lists are looked at. An expression has to name
// each, so that real ones have fewer.
const deepest = 8

// linear reports whether the cost of an expression grows no faster than the payload.
//
// A payload may be large in one place only: long lists of short texts, or one long
// text in one list. It cannot be large in each element of a large list. So the
// expression is asked about for each level of nesting, with everything on that level
// large and everything else of one element.
func linear(env *cel.Env, expression *cel.Ast) (bool, error) {
	for level := range deepest {
		small, err := env.EstimateCost(expression, estimator{few, level})
		if err != nil {
			return false, fmt.Errorf("estimate its cost: %w", err)
		}
		if small.Max > dearest {
			return false, nil
		}
		large, err := env.EstimateCost(expression, estimator{many, level})
		if err != nil {
			return false, fmt.Errorf("estimate its cost: %w", err)
		}
		if large.Max/max(small.Max, 1) > slack*many/few {
			return false, nil
		}
	}
	return true, nil
}

// estimator is what CEL's estimator needs to know about a payload in which
// everything on one level of nesting has n elements, bytes or members.
type estimator struct {
	n     uint64
	level int
}

// EstimateSize is asked for what is not a constant of the expression.
func (e estimator) EstimateSize(node checker.AstNode) *checker.SizeEstimate {
	if len(node.Path()) == 0 || constant(node.Type()) {
		return nil
	}
	level := 0
	for _, part := range node.Path() {
		if part[0] == '@' { // @items, @keys, @values
			level++
		}
	}
	size := checker.FixedSizeEstimate(1)
	if level == e.level {
		size = checker.FixedSizeEstimate(e.n)
	}
	return &size
}

// constant reports whether values of a type have one size.
func constant(t *types.Type) bool {
	switch t.Kind() {
	case types.BoolKind, types.DoubleKind, types.DurationKind, types.IntKind, types.TimestampKind, types.UintKind, types.NullTypeKind, types.TypeKind:
		return true
	}
	return false
}

// size is that of an argument, at most what there is of the payload.
func (e estimator) size(node checker.AstNode) uint64 {
	switch size := node.ComputedSize(); {
	case size != nil:
		return size.Max
	case constant(node.Type()):
		return 1
	}
	return e.n
}

// EstimateCallCost is what a function costs that CEL's estimator does not know, or
// knows otherwise than protovalidate has it: one look at each of its arguments.
func (e estimator) EstimateCallCost(function, overload string, target *checker.AstNode, args []checker.AstNode) *checker.CallEstimate {
	switch {
	case function[0] < 'a' || function[0] > 'z' || function == overloads.Matches:
		return nil // an operator, or one that it knows
	case function == overloads.Size && overload != overloads.SizeString && overload != overloads.SizeStringInst:
		return nil // of lists, maps and bytes it is known
	}
	cost := uint64(1)
	for _, a := range args {
		cost += e.size(a)
	}
	if target != nil {
		cost += e.size(*target)
	}
	if overload == overloads.ExtFormatString && e.formatsMuch(args[0].Expr()) {
		cost += e.n
	}
	if function == "replace" && len(args) > 1 { // each character of the text may become the replacement
		cost = saturated(cost, 1+e.size(args[1]))
	}
	size := checker.FixedSizeEstimate(cost)
	return &checker.CallEstimate{CostEstimate: checker.FixedCostEstimate(cost), ResultSize: &size}
}

// saturated is a product, or the largest number if it is larger.
func saturated(a, b uint64) uint64 {
	if high, low := bits.Mul64(a, b); high == 0 {
		return low
	}
	return math.MaxUint64
}

// formatsMuch reports whether what is formatted may be large: a list has the sizes
// of its elements only in its text. What belongs to an element of a list is on a
// deeper level than what the payload itself has.
func (e estimator) formatsMuch(list ast.Expr) bool {
	much := false
	ast.PreOrderVisit(list, ast.NewExprVisitor(func(part ast.Expr) {
		much = much || part.Kind() == ast.IdentKind && (e.level > 0 || part.AsIdent() == "this")
	}))
	return much
}
