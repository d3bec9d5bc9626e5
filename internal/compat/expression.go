package compat

import (
	"regexp"
	"slices"
	"sync"

	pvcel "buf.build/go/protovalidate/cel"
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// The same expression may give two answers for one record where its message has a field
// more on one side: this.from == this.to is false of the field, and true without it. An
// expression that looks at single fields cannot tell, since the other side compiles it.

var base = sync.OnceValues(func() (*cel.Env, error) { return cel.NewEnv(cel.Lib(pvcel.NewLibrary())) })

// comparesMessages reports whether an expression of a field may compare whole messages;
// also if it does not compile, and nothing is known of it.
func comparesMessages(fd protoreflect.FieldDescriptor, expression string) bool {
	options := append(pvcel.RequiredEnvOptions(fd), cel.Variable("this", pvcel.ProtoFieldToType(fd, false, false)))
	if comparesWith(expression, options...) {
		return true
	}
	return fd.IsList() && comparesWith(expression, append(pvcel.RequiredEnvOptions(fd), cel.Variable("this", pvcel.ProtoFieldToType(fd, false, true)))...)
}

// messageCompares is comparesMessages of an expression of a message.
func messageCompares(m protoreflect.MessageDescriptor, expression string) bool {
	return comparesWith(expression, cel.Types(dynamicpb.NewMessage(m)), cel.Variable("this", cel.ObjectType(string(m.FullName()))))
}

func comparesWith(expression string, options ...cel.EnvOption) bool {
	env, err := base()
	if err == nil {
		env, err = env.Extend(options...)
	}
	if err != nil {
		return true
	}
	compiled, issues := env.Compile(expression)
	if issues.Err() != nil {
		return true
	}
	native := compiled.NativeRep()
	found := false
	ast.PreOrderVisit(native.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind || looksOnly[e.AsCall().FunctionName()] {
			return
		}
		args := e.AsCall().Args()
		if e.AsCall().IsMemberFunction() {
			args = append([]ast.Expr{e.AsCall().Target()}, args...)
		}
		for _, a := range args {
			found = found || hasMessage(native.GetType(a.ID()))
		}
	}))
	return found
}

// looksOnly are functions that take a message, or a list of them, without comparing
// what is in it.
var looksOnly = map[string]bool{
	"size": true, operators.Index: true, operators.Conditional: true, operators.LogicalAnd: true, operators.LogicalOr: true,
	operators.LogicalNot: true, operators.NotStrictlyFalse: true, operators.Add: true,
}

// hasMessage reports whether values of a type are or hold messages. Times, durations and
// wrappers have types of their own.
func hasMessage(t *types.Type) bool {
	if t == nil {
		return true
	}
	switch t.Kind() {
	case types.StructKind, types.DynKind, types.AnyKind, types.UnspecifiedKind:
		return true
	}
	for _, p := range t.Parameters() {
		if hasMessage(p) {
			return true
		}
	}
	return false
}

// rereads reports whether an expression may see one record in two ways, for two states of
// the message that it is about: it names a field that is set on one side and not on the
// other, as has(this.note) is of a note that is no longer optional.
func rereads(expression string, a, b protoreflect.MessageDescriptor) bool {
	return namesChanged(name.FindAllString(expression, -1), a, b, map[protoreflect.FullName]bool{})
}

var name = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_]*`)

func namesChanged(names []string, a, b protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) bool {
	if seen[a.FullName()] {
		return false
	}
	seen[a.FullName()] = true
	for i := range a.Fields().Len() {
		x := a.Fields().Get(i)
		y := b.Fields().ByName(x.Name())
		if y == nil {
			continue // of one that is gone the other side does not compile the expression
		}
		if slices.Contains(names, string(x.Name())) && setOtherwise(x, y) {
			return true
		}
		if p, q := descriptor.Part(x), descriptor.Part(y); p != nil && q != nil && namesChanged(names, p, q, seen) {
			return true
		}
	}
	return false
}

// fills reports whether a message with nothing set has something set for its reader: zero
// is written where it cannot be told from unset, and readers set defaults.
func fills(writer, reader protoreflect.MessageDescriptor) bool {
	for i := range writer.Fields().Len() {
		x := writer.Fields().Get(i)
		y := reader.Fields().ByName(x.Name())
		if y != nil && y.HasPresence() && !x.HasPresence() {
			return true
		}
	}
	for i := range reader.Fields().Len() {
		if descriptor.HasDefault(reader.Fields().Get(i)) {
			return true
		}
	}
	return false
}

// setOtherwise reports whether one record may have a field set on one side and not on the
// other, or to another value.
func setOtherwise(x, y protoField) bool {
	if x.HasPresence() != y.HasPresence() || descriptor.HasDefault(x) != descriptor.HasDefault(y) ||
		descriptor.HasDefault(x) && descriptor.Field(x).GetDefault() != descriptor.Field(y).GetDefault() {
		return true
	}
	e, f := enumOf(x), enumOf(y)
	if e == nil || f == nil {
		return false
	}
	lacks := func(from, in protoreflect.EnumDescriptor) bool {
		for i := range from.Values().Len() {
			if unreadable(in)(from.Values().Get(i)) {
				return true
			}
		}
		return false
	}
	return lacks(e, f) || lacks(f, e)
}

// moved reports whether a message, or one in it, has fields that it had not, or lacks
// some: by name, as payloads are JSON.
func moved(a, b protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) bool {
	if seen[a.FullName()] {
		return false
	}
	seen[a.FullName()] = true
	if a.Fields().Len() != b.Fields().Len() {
		return true
	}
	for i := range a.Fields().Len() {
		x := a.Fields().Get(i)
		y := b.Fields().ByName(x.Name())
		if y == nil || !descriptor.SameType(x, y) || x.HasPresence() != y.HasPresence() {
			return true
		}
		if p, q := descriptor.Part(x), descriptor.Part(y); p != nil && q != nil && moved(p, q, seen) {
			return true
		}
	}
	return false
}
