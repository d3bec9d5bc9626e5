package cli

import (
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Tree is the command tree, for tests of what all commands have.
func Tree(env Env) *cobra.Command {
	a := &app{stdin: env.Stdin, stdout: env.Stdout, stderr: env.Stderr, getenv: env.Getenv, dir: env.Dir}
	return a.root()
}

// VersionOf is what --version says of a program.
func VersionOf(info *debug.BuildInfo) any { return versionOf(info) }

// Candidates are the names of flags and arguments that completion knows.
func Candidates() (flags, arguments []string) {
	for name := range flagCandidates {
		flags = append(flags, name)
	}
	for name := range argumentCandidates {
		arguments = append(arguments, name)
	}
	return flags, arguments
}

// ScreenOf is what an output is shown on.
var ScreenOf = screenOf
