// Package authoring changes contracts for a person: it makes a new event of one line,
// adds fields to an event, and makes its next major version, each with everything that
// belongs to it, such as the topic, the fixtures, the generated Go and the entries of
// services.yaml.
//
// A change is made in memory first. What was not said is inferred from the contracts
// that there are, and told with its reason. The result is compiled and checked as a
// whole, and only then written: all files or none (package changeset). Last come steps
// that need other programs, the go command and buf; one that fails puts back what was
// there.
//
// The package prints nothing and knows no command line. How a file's text is edited,
// what a field becomes in a contract, and what a contract may be are for packages
// protoedit, servicesedit, contractproto and catalog.
package authoring
