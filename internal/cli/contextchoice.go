package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/contexts"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// contexts reads the file of contexts. Everything that is wrong with it is for the user
// to correct, and so exit code 2.
func (a *app) contexts() (*contexts.File, error) {
	f, err := contexts.Load(a.getenv)
	if err != nil {
		return nil, usageError{err}
	}
	return f, nil
}

// contextVariable names the context to use.
const contextVariable = "EVENTCTL_CONTEXT"

// contextName is the context to use; "" for the environment's connection. A flag
// comes before a variable, and a variable before the file's current context, which is
// read only if nothing else decides: a broken file stops only those who use it.
//
// One place gives both the brokers and the credentials. When two variables name a
// place each, neither wins, since the other would be ignored without a word.
func (a *app) contextName() (string, error) {
	variable := kafkaconn.Variable("Brokers")
	name, brokers := a.getenv(contextVariable), a.getenv(variable)
	switch {
	case a.kafka.context != "" && a.kafka.noContext:
		return "", usagef("--context and --no-context contradict each other: give one")
	case a.kafka.context != "":
		return a.kafka.context, nil
	case a.kafka.noContext:
		return "", nil
	case name != "" && brokers != "":
		return "", usagef("%s and %s are both set: unset one, or choose by --context or --no-context", contextVariable, variable)
	case name != "":
		return name, nil
	case brokers != "":
		return "", nil
	}
	f, err := a.contexts()
	if err != nil {
		return "", err
	}
	return f.Current, nil
}

// currentContext is the context that a command without --context would use; "" if
// it would use none. Where a variable decides, and not the file, a note says so.
func (a *app) currentContext(f *contexts.File) string {
	note := func(format string, args ...any) {
		a.note(format, args...)
	}
	variable := kafkaconn.Variable("Brokers")
	switch name, brokers := a.getenv(contextVariable), a.getenv(variable); {
	case name != "" && brokers != "":
		note("%s and %s are both set, and contradict each other: unset one", contextVariable, variable)
		return ""
	case name != "":
		if name != f.Current {
			note("%s chooses %s, and not the file's current context", contextVariable, name)
		}
		return name
	case brokers != "":
		note("%s is set, so that no context is used unless --context gives one", variable)
		return ""
	}
	return f.Current
}

// checkBrokers refuses --brokers outside a context: they would get its credentials.
// Addresses are compared as text, without regard to case. No name is resolved, since a
// forged answer could give the credentials to any host.
func (f kafkaFlags) checkBrokers(name string, brokers []string) error {
	list := f.brokerList()
	shown := kafkaconn.ShownBrokers(list)
	for i, b := range list {
		if !slices.ContainsFunc(brokers, func(known string) bool { return strings.EqualFold(known, b) }) {
			return usagef("--brokers: %s is not a broker of context %q, and gets none of its credentials: choose the context that has it by --context, or connect without one by --no-context", shown[min(i, len(shown)-1)], name)
		}
	}
	return nil
}

// fromContext is the connection of a context, and what errors call its fields. What
// the file allows but may be a mistake, such as a secret that others can read, is a
// warning and does not end the command.
func (a *app) fromContext(name string) (kafkaconn.Connection, func(string) string, error) {
	none := kafkaconn.Connection{}
	f, err := a.contexts()
	if err != nil {
		return none, nil, err
	}
	c, err := f.Find(name)
	if err != nil {
		return none, nil, usageError{err}
	}
	if err := a.kafka.checkBrokers(name, c.Brokers); err != nil { // before any secret is read
		return none, nil, err
	}
	conn, named, err := f.Connection(name, contexts.Environment{Getenv: a.getenv, Stderr: a.asIs, Warn: func(text string) {
		fmt.Fprintf(a.stderr, "warning: %s\n", terminal.Printable(text))
	}})
	if err != nil {
		return none, nil, usageError{err}
	}
	return conn, named, nil
}
