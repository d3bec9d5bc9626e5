package main

import (
	"context"
	"fmt"
	"time"

	"buf.build/go/bufplugin/check"
	"buf.build/go/bufplugin/descriptor"
	"buf.build/go/bufplugin/info"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	_ "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate" // so that options are read as these types

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/compat"
)

var spec = &check.Spec{
	Rules: ruleSpecs(),
	Categories: []*check.CategorySpec{
		{ID: compat.Category, Purpose: "Checks all that event contracts promise, and that they are sound."},
	},
	Before: before,
	Info: &info.Spec{
		Documentation: "Checks event contracts: what a change of rules, routing and versions breaks for readers that are deployed and for records that are retained.",
		SPDXLicenseID: "apache-2.0",
		LicenseURL:    "https://github.com/eventcontracts/eventcontracts/blob/main/LICENSE",
	},
}

// ruleSpecs are the gate's rules as buf knows rules: all on by default.
func ruleSpecs() []*check.RuleSpec {
	var out []*check.RuleSpec
	for _, r := range compat.Rules() {
		s := &check.RuleSpec{ID: r.ID, CategoryIDs: []string{compat.Category}, Default: true, Purpose: r.Purpose, Type: check.RuleTypeBreaking}
		if r.IsLint() {
			s.Type = check.RuleTypeLint
		}
		s.Handler = check.RuleHandlerFunc(func(ctx context.Context, w check.ResponseWriter, _ check.Request) error {
			return ctx.Value(resultKey{}).(*result).write(w, r)
		})
		out = append(out, s)
	}
	return out
}

// result is what one request is answered with: it is found out once for all rules.
type result struct {
	files, against *protoregistry.Files
	findings       map[string][]compat.Finding
}

type resultKey struct{}

// before answers a request before its rules are asked. buf sends one request for lint and
// another for breaking, which has an old state.
func before(ctx context.Context, request check.Request) (context.Context, check.Request, error) {
	r := &result{findings: map[string][]compat.Finding{}}
	files, state, err := load(request.FileDescriptors())
	if err != nil {
		return nil, nil, err
	}
	r.files = files
	if len(request.AgainstFileDescriptors()) == 0 {
		err = r.lint(state)
	} else {
		err = r.compare(state, request)
	}
	return context.WithValue(ctx, resultKey{}, r), request, err
}

func load(fs []descriptor.FileDescriptor) (*protoregistry.Files, *compat.State, error) {
	set := &descriptorpb.FileDescriptorSet{}
	for _, f := range fs {
		set.File = append(set.File, f.FileDescriptorProto())
	}
	files, err := protodesc.NewFiles(set)
	if err != nil {
		return nil, nil, fmt.Errorf("link the contracts: %w", err)
	}
	state, err := compat.NewState(files)
	return files, state, err
}

func (r *result) lint(state *compat.State) error {
	for _, f := range compat.Lint(state) {
		r.findings[f.Rule] = append(r.findings[f.Rule], f)
	}
	_, problems, err := catalog.Check(r.files)
	if err != nil {
		return err
	}
	for _, p := range problems {
		f := compat.Finding{Rule: p.Rule, Event: p.Event, New: compat.Position{File: p.File, Line: p.Line}, Breaks: p.Problem, Fix: p.Fix}
		if f.Rule == "" {
			f.Rule = compat.Unsound
		}
		r.findings[f.Rule] = append(r.findings[f.Rule], f)
	}
	return nil
}

func (r *result) compare(state *compat.State, request check.Request) error {
	against, old, err := load(request.AgainstFileDescriptors())
	if err != nil {
		return fmt.Errorf("the old state: %w", err)
	}
	r.against = against
	for _, f := range compat.Compare(old, state, compat.Options{Now: time.Now()}) {
		r.findings[f.Rule] = append(r.findings[f.Rule], f)
	}
	return nil
}
