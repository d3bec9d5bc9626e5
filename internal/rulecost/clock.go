package rulecost

import (
	"fmt"
	"strings"

	"cel.dev/cel-go/common/ast"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// clock is the variable that protovalidate sets to the time of a validation.
const clock = "now"

// Clocked lists the rules of m and of its own fields whose answer depends on when they
// are asked, such as timestamp.gt_now. A record is read again by a retry, a redrive and
// every new group, and such a rule then refuses what it has accepted. It is like [Dear]
// in all else, and lists protovalidate's own rules too.
func Clocked(m protoreflect.MessageDescriptor, predefined protoregistry.ExtensionTypeResolver) ([]Rule, error) {
	j := judge{types: predefined, clocked: true}
	j.message(m)
	return j.found, j.err
}

// asksTheClock reports whether an expression uses the time of the validation. It need
// not compile.
func asksTheClock(expression string) (bool, error) {
	if !strings.Contains(expression, clock) { // nearly all
		return false, nil
	}
	env, err := base()
	if err != nil {
		return false, fmt.Errorf("start CEL: %w", err)
	}
	parsed, issues := env.Parse(expression)
	if issues.Err() != nil {
		return false, issues.Err()
	}
	names := ast.MatchDescendants(ast.NavigateAST(parsed.NativeRep()), func(e ast.NavigableExpr) bool {
		return e.Kind() == ast.IdentKind && strings.TrimPrefix(e.AsIdent(), ".") == clock && !bound(e)
	})
	return len(names) > 0, nil
}

// bound reports whether a name is the variable of a macro around it, as now is in
// this.times.all(now, now > this.first).
func bound(e ast.NavigableExpr) bool {
	inside := e
	for at, ok := e.Parent(); ok; at, ok = at.Parent() {
		if at.Kind() == ast.ComprehensionKind {
			c := at.AsComprehension()
			if (c.IterVar() == clock || c.IterVar2() == clock) && inside.ID() != c.IterRange().ID() {
				return true
			}
		}
		inside = at
	}
	return false
}
