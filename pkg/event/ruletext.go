package event

import (
	"strconv"
	"sync"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

// ofContract reports whether a violation's text follows from the contract alone, given
// the rules that may have said it: it is a rule's message, or the result of expressions
// that put nothing of the payload into it.
func ofContract(text, id string, rules []*validate.Rule) bool {
	found := false
	for _, r := range rules {
		if r.GetMessage() != "" && r.GetMessage() == text {
			return true
		}
		// Several rules may have the id, and any of them may have said it.
		if r.GetId() == id {
			if text != strconv.Quote(r.GetExpression())+" returned false" && !saysNoValue(r.GetExpression()) {
				return false
			}
			found = true
		}
	}
	return found
}

// spoken are expressions by whether their text holds nothing of a payload.
var spoken sync.Map // string to bool

// parseRules parses expressions; nil if CEL does not start, which protovalidate reports.
var parseRules = sync.OnceValue(func() *cel.Env {
	env, err := cel.NewEnv()
	if err != nil {
		return nil
	}
	return env
})

// saysNoValue reports whether the text that an expression gives is made of the contract:
// what a condition asks of the payload is not in the text, as in
// this > rule ? ” : 'must be above %s'.format([rule]).
func saysNoValue(expression string) bool {
	if known, ok := spoken.Load(expression); ok {
		return known.(bool)
	}
	says := false
	if env := parseRules(); env != nil {
		if parsed, issues := env.Parse(expression); issues.Err() == nil {
			says = constant(ast.NavigateAST(parsed.NativeRep()))
		}
	}
	spoken.Store(expression, says) // as many as the contracts have
	return says
}

// constant reports whether the value of an expression depends on nothing but constants
// and the rule's own value, whichever branch is taken.
func constant(e ast.NavigableExpr) bool {
	if e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.Conditional {
		branches := e.Children()
		return constant(branches[1]) && constant(branches[2])
	}
	return len(ast.MatchDescendants(e, func(d ast.NavigableExpr) bool {
		return d.Kind() == ast.IdentKind && d.AsIdent() != "rule" && d.AsIdent() != "rules" || d.Kind() == ast.ComprehensionKind
	})) == 0
}
