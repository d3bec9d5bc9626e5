// Package eventcontracts holds files of this module for its own commands: eventctl init
// gives a new repository of contracts the vocabulary, and requires what this module
// requires. Services import the packages below pkg and gen instead.
package eventcontracts

import "embed"

// Files are the vocabulary and validate.proto, by their paths here, and the module's
// go.mod and go.sum.
//
//go:embed LICENSE go.mod go.sum third_party/protovalidate/LICENSE
//go:embed proto/eventcontracts/v1/options.proto
//go:embed third_party/protovalidate/buf/validate/validate.proto
var Files embed.FS
