package servicegen

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/gosource"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Consumer is a service to be written. Its names are valid: callers have checked them.
type Consumer struct {
	Name      string // of the service, such as "notifier"
	Group     string // its consumer group
	Module    string // the Go module that it is in
	Dir       string // its directory below that of go.mod, with "/"
	GoVersion string // of the image that builds it, such as "1.26"
	Names     *gosource.Names
	Events    []Event

	// Conversions are the import paths of packages with a variable Conversions.
	Conversions []string

	// Linked are the import paths of packages whose events are converted by name: the
	// service need only link them.
	Linked []string
}

// Event is what the service handles.
type Event struct {
	Contract *event.Contract

	// Example is a valid event for the test; nil if none could be made, and WhyNone says
	// why.
	Example protoreflect.Message
	WhyNone string
}

// Files are the service's files by their name in its directory.
func (c Consumer) Files() (map[string][]byte, error) {
	out := map[string][]byte{}
	for name, make := range map[string]func() ([]byte, error){
		"main.go": c.main, "handlers.go": c.handlers, "main_test.go": c.test, "Dockerfile": c.dockerfile,
	} {
		text, err := make()
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", name, err)
		}
		out[name] = text
	}
	return out, nil
}

// Toolkit is the module that a service is built on.
const Toolkit = "github.com/eventcontracts/eventcontracts"

// view is what the templates see.
type view struct {
	Consumer

	Imports     string
	Title       string   // the name as a sentence begins
	Handlers    []string // method names
	Conversions []string // expressions
	Events      []eventView
}

type eventView struct {
	Method  string // "onTodoCreated"
	Type    string // "todov2.TodoCreated"
	Event   string // "TodoCreated 2.0"
	Topic   string
	Key     string // expression; empty without one, and if it must not be logged
	Private bool   // the key is personal or secret
	Example string // expression; empty if there is none
	WhyNone string
}

// imports are those of a file, whose own names no package gets.
func (c Consumer) imports(paths, own []string) *gosource.Imports {
	i := &gosource.Imports{Module: c.Module, Reserved: append(slices.Clone(own), predeclared...)}
	for _, p := range paths {
		i.Add(p, "")
	}
	return i
}

// predeclared are names that Go and the templates use for variables and types.
var predeclared = []string{
	"any", "at", "append", "args", "b", "bool", "byte", "c", "cfg", "conn", "ctx", "delete", "e", "ended", "env", "err", "error", "examples", "false", "handled",
	"handlers", "h", "id", "int", "len", "main", "make", "map", "md", "missing", "msg", "new", "next", "nil", "ok", "p", "probeGrace", "receipt", "run", "server",
	"stop", "string", "t", "true",
}

func (c Consumer) main() ([]byte, error) {
	i := c.imports([]string{
		"context", "fmt", "log/slog", "os", "time",
		Toolkit + "/pkg/eventbus", Toolkit + "/pkg/kafkaconn", Toolkit + "/pkg/service",
	}, []string{"consumerConfig"})
	v := view{Consumer: c, Title: strings.ToUpper(c.Name[:1]) + c.Name[1:], Handlers: c.methods()}
	for _, p := range c.Conversions {
		domain := p[strings.LastIndexByte(p, '/')+1:]
		v.Conversions = append(v.Conversions, i.Add(p, domain)+".Conversions")
	}
	if len(v.Conversions) > 1 {
		i.Add("slices", "")
	}
	for _, p := range c.Linked {
		i.Link(p)
	}
	v.Imports = i.String()
	return goFile("main.go.tmpl", v)
}

func (c Consumer) handlers() ([]byte, error) {
	i := c.imports([]string{"context", "fmt", "log/slog", "time", Toolkit + "/pkg/event", Toolkit + "/pkg/eventbus"}, nil)
	v, err := c.view(i, false)
	if err != nil {
		return nil, err
	}
	return goFile("handlers.go.tmpl", v)
}

func (c Consumer) test() ([]byte, error) {
	i := c.imports([]string{
		"context", "testing", "time", "google.golang.org/protobuf/proto",
		Toolkit + "/pkg/event", Toolkit + "/pkg/eventbus", Toolkit + "/pkg/eventbustest", Toolkit + "/pkg/kafkaconn",
	}, []string{"consumerConfig"})
	v, err := c.view(i, true)
	if err != nil {
		return nil, err
	}
	return goFile("main_test.go.tmpl", v)
}

func (c Consumer) dockerfile() ([]byte, error) { return execute("Dockerfile.tmpl", view{Consumer: c}) }

// view is what files know of the events. Their examples are for tests only.
func (c Consumer) view(i *gosource.Imports, withExamples bool) (view, error) {
	v := view{Consumer: c}
	methods := c.methods()
	for n, e := range c.Events {
		k := e.Contract
		out := eventView{Method: methods[n], Event: k.Type + " " + k.Version(), Topic: k.Topic.Name, WhyNone: e.WhyNone}
		var err error
		if !withExamples {
			out.Type, err = c.Names.Type(k.Descriptor, i)
		} else if e.Example != nil {
			out.Example, err = c.Names.Literal(e.Example, i)
		}
		if err != nil {
			return view{}, err
		}
		if k.KeyPath != "" {
			out.Private = descriptor.PassesSensitive(k.Descriptor, k.KeyPath)
			if out.Key, err = c.Names.Getters(fieldPath(k.Descriptor, k.KeyPath)); err != nil {
				return view{}, err
			}
			out.Key = "e" + out.Key
		}
		v.Events = append(v.Events, out)
	}
	v.Imports = i.String()
	return v, nil
}

// fieldPath are the fields that a key's path names, which the contract's check has found.
func fieldPath(m protoreflect.MessageDescriptor, path string) []protoreflect.FieldDescriptor {
	var out []protoreflect.FieldDescriptor
	for name := range strings.SplitSeq(path, ".") {
		fd := m.Fields().ByName(protoreflect.Name(name))
		out = append(out, fd)
		m = fd.Message()
	}
	return out
}

// methods are the handlers' names. Two events of one type are on two topics, and named
// for them.
func (c Consumer) methods() []string {
	times := map[string]int{}
	for _, e := range c.Events {
		times[method(e.Contract)]++
	}
	var out []string
	for _, e := range c.Events {
		name := method(e.Contract)
		if times[name] > 1 {
			name += "Of" + camel(e.Contract.Topic.Name)
		}
		for n := 2; slices.Contains(out, name); n++ {
			name = fmt.Sprintf("%s%d", name, n)
		}
		out = append(out, name)
	}
	return out
}

func method(k *event.Contract) string { return "on" + camel(string(k.Descriptor.Name())) }

// camel is a name as a part of a Go name: what is no letter or digit goes, and what
// follows it begins a word.
func camel(name string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(name, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') }) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}
