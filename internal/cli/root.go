package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/eventcontracts/eventcontracts/internal/authoring"
	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/spec"
	"github.com/eventcontracts/eventcontracts/internal/suggest"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

// Exit codes, which docs/eventctl.md promises to scripts. After exitUsage a script may
// correct its command line and run it again: nothing was sent and nothing was changed.
const (
	exitDone   = 0
	exitFailed = 1 // refused, failed, interrupted, or found problems
	exitUsage  = 2 // flags, arguments, variables or contexts that make no sense
)

// app is what every command shares. It is made for one run: flags are parsed into it.
type app struct {
	stdin     io.Reader
	stdout    io.Writer
	stderr    io.Writer
	asIs      io.Writer // stderr itself, for a program of the user's that may need a terminal
	getenv    func(string) string
	dir       string // empty for the working directory
	contracts string // --contracts and --services as they are typed: package catalog has the defaults
	services  string
	json      bool // print for programs: every command looks at it itself
	terminal  bool // a person can be asked
	width     int  // of the terminal that the result is shown on, in columns; 0 for none
	errWidth  int  // of the one that shows what else is told
	kafka     kafkaFlags
}

// usageError is a mistake of the caller's: exit code 2.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// errSilent ends a command with exit code 1 when what is wrong is in its result, where
// a program finds it too. Its text is never printed.
var errSilent = errors.New("refused")

// errInterrupted ends a command that an interrupt stopped before it was done. Commands
// without an end of their own, such as tail -f, return nil instead.
var errInterrupted = errors.New("interrupted")

// Main runs eventctl and returns its exit code. An interrupt ends the running
// command in an orderly way.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() {
		stop() // a second interrupt ends the process at once
		// Nearly every command has ended before this second is over. One that has not
		// waits for an answer of the cluster, such as an acknowledgement.
		time.AfterFunc(time.Second, func() {
			fmt.Fprintln(stderr, "eventctl: interrupted: waiting for what is under way; interrupt again to end at once")
		})
	})
	return Run(ctx, Env{
		Stdin: stdin, Stdout: stdout, Stderr: stderr, Getenv: os.Getenv, Terminal: onTerminal(stdin, stderr),
		Screen: screenOf(stdout, os.Getenv), ErrScreen: screenOf(stderr, os.Getenv),
	}, args)
}

// Env is what a run touches outside the broker. Tests run commands in parallel with it,
// which a process's own variables and working directory would not allow.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string

	// Dir is where contracts are looked for. Defaults to the working directory.
	Dir string

	// Terminal says that a person reads Stderr and answers at Stdin.
	Terminal bool

	// Screen and ErrScreen are what Stdout and Stderr are shown on.
	Screen, ErrScreen Screen
}

// Run runs one command line until it is done or ctx ends.
func Run(ctx context.Context, env Env, args []string) int {
	out := &result{Writer: env.Stdout}
	// All that is printed may quote records, contracts, file names and errors of others.
	safeOut, safeErr := terminal.NewWriter(out).Coloured(env.Screen.Colour), terminal.NewWriter(env.Stderr).Coloured(env.ErrScreen.Colour)
	defer func() { _, _ = safeOut.Flush(), safeErr.Flush() }() // an output that has failed was told
	a := &app{stdin: env.Stdin, stdout: safeOut, stderr: safeErr, asIs: env.Stderr, getenv: env.Getenv, dir: env.Dir, terminal: env.Terminal, width: env.Screen.Width, errWidth: env.ErrScreen.Width}
	root := a.root()
	if len(args) > 0 && args[0] == cobra.ShellCompRequestCmd {
		plainUsages(root)
	}
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = out.err
	}
	var (
		usage    usageError
		mistakes spec.Errors
		several  authoring.Several
	)
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errSilent):
		return exitFailed
	// An ended ctx turns up as the error of whatever was waiting, which tells a user
	// nothing. An event that may or may not have been written is still told.
	case ctx.Err() != nil && errors.Is(err, context.Canceled) && !errors.Is(err, eventbus.ErrIndeterminate):
		a.complain(errInterrupted.Error())
		return exitFailed
	case errors.As(err, &usage) && errors.As(err, &mistakes): // with a line and a caret each
		a.complainAsIs(fmt.Sprintf("the spec has %s:\n%s", terminal.Count(len(mistakes), "mistake"), terminal.PrintableLines(mistakes.Error())))
		return exitUsage
	case errors.As(err, &several): // a line for each
		for _, one := range several {
			a.complain(terminal.Printable(one.Error()))
		}
		if errors.As(err, &usage) {
			return exitUsage
		}
		return exitFailed
	case errors.As(err, &usage): // one line: it quotes what was typed
		a.complain(terminal.Printable(err.Error()))
		return exitUsage
	default: // may have a line for each problem
		a.complain(terminal.PrintableLines(err.Error()))
		return exitFailed
	}
}

// complain tells why a command failed, on the standard error.
func (a *app) complain(text string) {
	const begin = len("eventctl: ")
	a.complainAsIs(terminal.Folded(strings.Repeat(" ", begin)+text, 2, a.errWidth)[begin:])
}

// complainAsIs is complain for lines with a caret below, which have to stay whole.
func (a *app) complainAsIs(text string) {
	_ = terminal.Print(a.stderr, terminal.Span{Style: terminal.Alarm, Text: "eventctl:"}, terminal.Span{Text: " " + text + "\n"})
}

// result is what a command prints on its standard output. A command whose result could
// not be written has failed, although what it did may be done: a script that goes on with
// a part of a list must be able to know.
type result struct {
	io.Writer

	err error // the first
}

func (r *result) Write(b []byte) (int, error) {
	n, err := r.Writer.Write(b)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("the result could not be written: %w", err)
	}
	return n, err
}

// root is the command tree. Cobra prints neither errors nor usage: Run prints errors,
// escaped, and the usage of a large tree hides the error that it follows.
func (a *app) root() *cobra.Command {
	var printVersion bool
	root := &cobra.Command{
		Use:   "eventctl",
		Short: "Work with event contracts and the Kafka topics that carry them",
		Long: `eventctl reads contracts (.proto files with the eventcontracts.v1 options) and
works with them: it checks them, shows them, creates their topics, publishes and
reads their events, and handles their dead letters.

Contracts come from the nearest buf.yaml upwards, or from --contracts.
Exit codes: 0 done, 1 refused or failed, 2 wrong usage.`,
		Example: `  eventctl init shop --module example.com/shop
  eventctl new OrderPlaced "order_id (UUID), customer (str), cents (int >0)"
  eventctl list
  eventctl tail todos -f`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if printVersion {
				return a.printVersion()
			}
			return cmd.Help()
		},
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.CompletionOptions.DisableDefaultCmd = true // completionCmd is ours
	flags := root.PersistentFlags()
	flags.StringVar(&a.contracts, "contracts", "", "contracts in this `DIR|IMAGE` (default: the nearest buf.yaml upwards)")
	flags.StringVar(&a.services, "services", "", "services in this `FILE` (default: services.yaml beside buf.yaml)")
	flags.BoolVar(&a.json, "json", false, "print JSON for programs")
	root.Flags().BoolVar(&printVersion, "version", false, "print the version of eventctl, and what it was built from")
	root.AddCommand(
		a.initCmd(), a.newCmd(), a.addFieldCmd(), a.newVersionCmd(), a.newConsumerCmd(), a.generateCmd(), a.fixturesCmd(),
		a.lockCmd(), a.releaseCmd(), a.checkCmd(), a.gateCmd(), a.diffCmd(), a.listCmd(), a.describeCmd(),
		a.brokerCmd(), a.topicsCmd(), a.publishCmd(), a.tailCmd(), a.groupsCmd(), a.dlqCmd(), a.contextCmd(),
		a.completionCmd(), a.manCmd(),
	)
	inGroups(root)
	a.completions(root)
	usageErrors(root)
	return root
}

// usageErrors gives wrong flags and arguments of all commands exit code 2 and a
// pointer to the help.
func usageErrors(cmd *cobra.Command) {
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usagef("%w (see %s --help)", flagProblem(c, err), c.CommandPath())
	})
	if check := cmd.Args; check != nil {
		cmd.Args = func(c *cobra.Command, args []string) error {
			// Cobra takes a misspelled subcommand for an argument of its parent.
			if c.HasSubCommands() && len(args) > 0 {
				return unknownCommand(c, args[0])
			}
			if err := check(c, args); err != nil {
				return usagef("%w (usage: %s; --help has examples)", err, c.UseLine())
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		usageErrors(sub)
	}
}

// flagProblem says what a flag takes. The flag library's own text is that of the Go
// function that failed (strconv.ParseInt: … invalid syntax).
func flagProblem(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "" {
		var names []string
		c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := suggest.Near(unknown.GetSpecifiedName(), names); len(near) > 0 {
			return fmt.Errorf("%w: did you mean --%s?", err, strings.Join(near, " or --"))
		}
	}
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	f, takes := invalid.GetFlag(), "another value"
	switch f.Value.Type() {
	case "int":
		takes = "a whole number"
	case "duration":
		takes = "a time such as 10s, 90m or 1d"
	case "bool":
		takes = "true or false"
	}
	return fmt.Errorf("--%s %q: give %s", f.Name, invalid.GetValue(), takes)
}

// unknownCommand suggests the command that was probably meant.
func unknownCommand(c *cobra.Command, name string) error {
	var names []string
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	hint := "commands are " + strings.Join(names, ", ")
	if near := suggest.Near(name, names); len(near) > 0 {
		hint = fmt.Sprintf("did you mean %s?", strings.Join(near, " or "))
	}
	return usagef("unknown command %q of %s: %s", name, c.CommandPath(), hint)
}

// exactly is an argument check whose message names the arguments; without names
// it takes none.
func exactly(names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < len(names) {
			return fmt.Errorf("%s is missing", names[len(args)])
		}
		if len(args) > len(names) {
			return fmt.Errorf("unexpected argument %q", args[len(names)])
		}
		return nil
	}
}

// load reads the contracts; what is wrong with them is the error. One problem is enough
// to refuse them all: a list, or a plan of topics, without the contracts that are wrong
// would look complete.
func (a *app) load(ctx context.Context) (*catalog.Catalog, error) {
	c, err := catalog.Load(ctx, catalog.Options{Contracts: a.contracts, Dir: a.dir, Services: a.services})
	var problems catalog.Problems
	if errors.As(err, &problems) {
		return nil, fmt.Errorf("the contracts have %s:\n%w", terminal.Count(len(problems), "problem"), problems)
	}
	return c, err
}
