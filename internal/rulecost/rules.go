package rulecost

import (
	"fmt"
	"sync"

	validate "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	pvcel "buf.build/go/protovalidate/cel"
	"cel.dev/cel-go/cel"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// Rule is a rule in CEL that no record should be asked about.
type Rule struct {
	Field      protoreflect.FieldDescriptor // nil for a rule of the message
	ID         string                       // such as "timestamp.gt_now"; "" if it has none
	Expression string
}

// base is the environment in which protovalidate compiles rules.
var base = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewEnv(cel.Lib(pvcel.NewLibrary()))
})

// Dear lists the rules of m and of its own fields that cost more than a payload is
// long. The rules of messages in it are theirs. predefined finds rules that contracts
// declare themselves. An error means that a rule cannot be
// judged.
func Dear(m protoreflect.MessageDescriptor, predefined protoregistry.ExtensionTypeResolver) ([]Rule, error) {
	j := judge{types: predefined}
	j.message(m)
	return j.found, j.err
}

// judge collects dear or clocked rules until one cannot be judged.
type judge struct {
	types   protoregistry.ExtensionTypeResolver
	clocked bool // asks for the clock instead of the cost
	found   []Rule
	err     error
}

func (j *judge) message(m protoreflect.MessageDescriptor) {
	own := descriptor.MessageRules(m)
	j.all(nil, own.GetCelExpression(), own.GetCel(), cel.Types(dynamicpb.NewMessage(m)), cel.Variable("this", cel.ObjectType(string(m.FullName()))))
	for i := range m.Fields().Len() {
		fd := m.Fields().Get(i)
		rules := descriptor.Rules(fd)
		if rules == nil {
			continue
		}
		j.field(fd, fd, rules, false)
		switch {
		case fd.IsMap():
			j.field(fd, fd.MapKey(), rules.GetMap().GetKeys(), true)
			j.field(fd, fd.MapValue(), rules.GetMap().GetValues(), true)
		case fd.IsList():
			j.field(fd, fd, rules.GetRepeated().GetItems(), true)
		}
	}
}

// field judges the rules of a field, or of each element of one.
func (j *judge) field(in, fd protoreflect.FieldDescriptor, rules *validate.FieldRules, element bool) {
	this := append(pvcel.RequiredEnvOptions(fd), cel.Variable("this", pvcel.ProtoFieldToType(fd, false, element)))
	j.all(in, rules.GetCelExpression(), rules.GetCel(), this...)
	j.predefined(in, fd, rules, element)
}

// predefined judges the rules that others have added to protovalidate's
// (buf.validate.predefined). Those that it has itself are linear, and some of them ask
// the clock.
func (j *judge) predefined(in, fd protoreflect.FieldDescriptor, rules *validate.FieldRules, element bool) {
	set := rules.ProtoReflect().WhichOneof(fieldRulesType)
	if set == nil {
		return
	}
	of := proto.Clone(rules.ProtoReflect().Get(set).Message().Interface()).ProtoReflect()
	if unknown := of.GetUnknown(); len(unknown) > 0 {
		of.SetUnknown(nil)
		if err := (proto.UnmarshalOptions{Resolver: j.types, Merge: true}).Unmarshal(unknown, of.Interface()); err != nil {
			j.err = fmt.Errorf("read the predefined rules of %s: %w", fd.FullName(), err)
			return
		}
	}
	of.Range(func(rule protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		off := rule.Kind() == protoreflect.BoolKind && !rule.IsList() && !value.Bool() // lt_now = false says nothing
		if !rule.IsExtension() && (!j.clocked || off) {
			return true
		}
		predefined, err := protovalidate.ResolvePredefinedRules(rule)
		if err != nil {
			j.err = fmt.Errorf("read the predefined rule %s: %w", rule.FullName(), err)
			return false
		}
		j.all(in, nil, predefined.GetCel(),
			cel.Types(of.Interface()),
			cel.Variable("this", pvcel.ProtoFieldToType(fd, true, element)),
			cel.Variable("rules", cel.ObjectType(string(of.Descriptor().FullName()))),
			cel.Variable("rule", pvcel.ProtoFieldToType(rule, true, false)))
		return true
	})
}

var fieldRulesType = (&validate.FieldRules{}).ProtoReflect().Descriptor().Oneofs().ByName("type")

// all judges rules that see the same variables.
func (j *judge) all(in protoreflect.FieldDescriptor, expressions []string, rules []*validate.Rule, variables ...cel.EnvOption) {
	all := make([]*validate.Rule, 0, len(expressions)+len(rules))
	for _, e := range expressions {
		all = append(all, &validate.Rule{Expression: proto.String(e)})
	}
	if all = append(all, rules...); len(all) == 0 || j.err != nil {
		return
	}
	if j.clocked {
		j.ask(in, all)
		return
	}
	env, err := base()
	if err == nil {
		env, err = env.Extend(variables...)
	}
	if err != nil {
		j.err = fmt.Errorf("start CEL: %w", err)
		return
	}
	for _, r := range all {
		ast, issues := env.Compile(r.GetExpression())
		if err := issues.Err(); err != nil {
			j.err = fmt.Errorf("compile rule %q: %w", r.GetId(), err)
			return
		}
		ok, err := linear(env, ast)
		if err != nil {
			j.err = fmt.Errorf("rule %q: %w", r.GetId(), err)
			return
		}
		if !ok {
			j.found = append(j.found, Rule{Field: in, ID: r.GetId(), Expression: r.GetExpression()})
		}
	}
}

// ask looks for the clock in rules.
func (j *judge) ask(in protoreflect.FieldDescriptor, rules []*validate.Rule) {
	for _, r := range rules {
		yes, err := asksTheClock(r.GetExpression())
		if err != nil {
			j.err = fmt.Errorf("parse rule %q: %w", r.GetId(), err)
			return
		}
		if yes {
			j.found = append(j.found, Rule{Field: in, ID: r.GetId(), Expression: r.GetExpression()})
		}
	}
}
