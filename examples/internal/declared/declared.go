// Package declared holds the example services against services.yaml, for their
// tests.
package declared

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/internal/seam"
	"github.com/eventcontracts/eventcontracts/pkg/event"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// Service is what services.yaml says about a service.
type Service struct {
	Name      string   `yaml:"service"`
	Principal string   `yaml:"principal"`
	Publishes []string `yaml:"publishes"`
	Groups    []Group  `yaml:"groups"`
}

// Group is one of a service's groups.
type Group struct {
	Name    string   `yaml:"name"`
	Handles []string `yaml:"handles"`
}

// Read reads what the file says about a service.
func Read(file, name string) (Service, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return Service{}, err
	}
	var all []Service
	if err := yaml.Unmarshal(text, &all); err != nil {
		return Service{}, fmt.Errorf("read %s: %w", file, err)
	}
	i := slices.IndexFunc(all, func(s Service) bool { return s.Name == name })
	if i < 0 {
		return Service{}, fmt.Errorf("read %s: there is no service %q", file, name)
	}
	return all[i], nil
}

// Types are the wire types of messages, sorted.
func Types(msgs ...proto.Message) ([]string, error) {
	var out []string
	for _, m := range msgs {
		c, err := event.ContractOf(m)
		if err != nil {
			return nil, err
		}
		out = append(out, c.Type)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// Handled are the types for which a consumer has a handler, sorted. Each event
// that is linked is delivered without its fields, which no handler gets to see:
// what is said about one that has no handler is that its type is unknown.
func Handled(ctx context.Context, cfg eventbus.ConsumerConfig) ([]string, error) {
	var out []string
	for _, c := range event.Linked().Contracts() {
		err := seam.Deliver(ctx, cfg, event.Record{Topic: c.Topic.Name, Value: fmt.Appendf(nil,
			`{"event_id":"0d5c1f3e-8a43-4a0e-9d4b-6f6c7f0f2a11","event_type":%q,"event_version":"%d.0","timestamp":"2026-01-01T00:00:00Z","data":{}}`, c.Type, c.Major)})
		switch event.ReasonOf(err) {
		case event.ReasonUnknownType:
		case event.ReasonInvalid:
			out = append(out, c.Type)
		default:
			return nil, errors.Join(fmt.Errorf("deliver an empty %s: it was not refused as invalid", c.Type), err)
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
