// Package declared holds the example services against services.yaml, for their
// tests.
package declared

import (
	"fmt"
	"os"
	"slices"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"

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

// Handled are the types for which a consumer has a handler, sorted.
func Handled(cfg eventbus.ConsumerConfig) ([]string, error) {
	var out []string
	for _, h := range cfg.Handlers {
		c, err := h.Contract()
		if err != nil {
			return nil, err
		}
		out = append(out, c.Type)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}
