package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/catalog/topicplan"
	"github.com/eventcontracts/eventcontracts/internal/spec"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// completionTime bounds the wait of a shell that asks what may follow. Contracts that
// take longer to compile are not completed.
const completionTime = 2 * time.Second

// catalog is the contracts, nil without any and if there is something wrong with them.
// Nobody is told: what is typed must not be torn apart by an error.
func (q query) catalog() *catalog.Catalog {
	ctx, cancel := context.WithTimeout(q.cmd.Context(), completionTime)
	defer cancel()
	cat, err := q.app.load(ctx)
	if err != nil {
		return nil
	}
	return cat
}

// typeNames are the wire types. One that several topics carry is offered with each of
// them, which is how it has to be given.
func typeNames(q query) []cobra.Completion {
	cat := q.catalog()
	if cat == nil {
		return nil
	}
	topics, versions := map[string][]string{}, map[string][]string{}
	for _, k := range cat.Contracts() {
		if !slices.Contains(topics[k.Type], k.Topic.Name) {
			topics[k.Type] = append(topics[k.Type], k.Topic.Name)
		}
		name := k.Topic.Name + "/" + k.Type
		versions[name] = append(versions[name], k.Version())
	}
	var out []cobra.Completion
	for _, k := range cat.Contracts() {
		name := k.Topic.Name + "/" + k.Type
		about := fmt.Sprintf("%s on %s", strings.Join(versions[name], ", "), k.Topic.Name)
		if len(topics[k.Type]) == 1 {
			name = k.Type
		}
		if c := cobra.CompletionWithDesc(name, about); !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// majors are those of the event that the command line names.
func majors(q query) []cobra.Completion {
	cat := q.catalog()
	if cat == nil || len(q.args) == 0 {
		return nil
	}
	var out []cobra.Completion
	for _, k := range cat.Find(q.args[0]) {
		out = append(out, cobra.CompletionWithDesc(fmt.Sprint(k.Major), string(k.Descriptor.FullName())))
	}
	return out
}

// topicNames are the topics that contracts declare.
func topicNames(q query) []cobra.Completion {
	return wanted(q, func(kind topicplan.Kind) bool { return kind == topicplan.Source })
}

// readableTopics are those, and the ones that groups add to them.
func readableTopics(q query) []cobra.Completion {
	return wanted(q, func(topicplan.Kind) bool { return true })
}

func deadLetterTopics(q query) []cobra.Completion {
	return wanted(q, func(kind topicplan.Kind) bool { return kind == topicplan.DeadLetter })
}

func wanted(q query, has func(topicplan.Kind) bool) []cobra.Completion {
	cat := q.catalog()
	if cat == nil {
		return nil
	}
	var out []cobra.Completion
	for _, t := range cat.Wanted() {
		if has(t.Kind) {
			out = append(out, t.Name)
		}
	}
	return out
}

// groupNames are the consumer groups of services.yaml.
func groupNames(q query) []cobra.Completion {
	return services(q, func(s catalog.Service) []string {
		var names []string
		for _, g := range s.Groups {
			names = append(names, cobra.CompletionWithDesc(g.Name, "of "+s.Name))
		}
		return names
	})
}

func serviceNames(q query) []cobra.Completion {
	return services(q, func(s catalog.Service) []string { return []string{s.Name} })
}

// owners are the teams that services.yaml and the contracts name.
func owners(q query) []cobra.Completion {
	out := services(q, func(s catalog.Service) []string { return []string{s.Owner} })
	if cat := q.catalog(); cat != nil {
		for _, k := range cat.Contracts() {
			out = append(out, k.Owner)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func services(q query, names func(catalog.Service) []string) []cobra.Completion {
	cat := q.catalog()
	if cat == nil {
		return nil
	}
	var out []cobra.Completion
	for _, s := range cat.Services {
		out = append(out, names(s)...)
	}
	return out
}

// domains are the words before the version in the packages of events.
func domains(q query) []cobra.Completion {
	cat := q.catalog()
	if cat == nil {
		return nil
	}
	var out []cobra.Completion
	for _, k := range cat.Contracts() {
		parts := strings.Split(string(k.Descriptor.ParentFile().Package()), ".")
		if len(parts) > 1 {
			out = append(out, parts[len(parts)-2])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// specFields are the fields of the spec that has been typed before, as far as it is one.
func specFields(q query) []cobra.Completion {
	if len(q.args) < 2 {
		return nil
	}
	s, err := spec.Parse(q.args[1], spec.Options{})
	if err != nil {
		return nil
	}
	var out []cobra.Completion
	for _, f := range s.Fields {
		out = append(out, cobra.CompletionWithDesc(f.Name, f.Type.String()))
	}
	return out
}

// contextNames are those of the user's file of contexts.
func contextNames(q query) []cobra.Completion {
	f, err := q.app.contexts()
	if err != nil {
		return nil
	}
	var out []cobra.Completion
	for _, name := range f.Names() {
		s := f.Summary(name, "", q.app.getenv)
		out = append(out, cobra.CompletionWithDesc(name, strings.Join(s.Brokers, ",")))
	}
	return out
}

func reasons(query) []cobra.Completion {
	var out []cobra.Completion
	for _, r := range event.Reasons() {
		out = append(out, string(r))
	}
	return out
}

func mechanisms(query) []cobra.Completion { return saslMechanisms }

// resetTargets are the words that groups reset knows, beside times and offsets.
func resetTargets(query) []cobra.Completion { return []cobra.Completion{"earliest", "latest"} }
