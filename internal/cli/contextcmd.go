package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/contexts"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// contextCmd is about the file of contexts alone: its commands connect to nothing, and
// have none of the flags of a connection.
func (a *app) contextCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "context",
		Short: "Choose which cluster to work with",
		Long: `A context says how to reach one cluster. Contexts are in a YAML file:
$EVENTCTL_CONFIG, or eventctl/config.yaml in $XDG_CONFIG_HOME or ~/.config.

  current: development
  contexts:
    development:
      brokers: [localhost:9092]
    staging:
      brokers: [kafka-1.staging:9093, kafka-2.staging:9093]
      tls: {ca: staging-ca.pem}        # {} for the system's authorities
      sasl:
        mechanism: SCRAM-SHA-512
        user: alice
        password_env: STAGING_PASSWORD # or password_file: FILE

The file holds no secret: password_env and token_env name a variable,
password_file and token_file a file that only you should be able to read, and
token_command a program that prints a token for OAUTHBEARER, within --timeout.
oidc (endpoint, client_id, client_secret_env or client_secret_file, scope, ca,
extensions) lets the client get tokens by itself. Relative files are beside the
file of contexts.

The connection is taken from the first of these that is given, and never mixed:
--context, EVENTCTL_CONTEXT, KAFKA_BROKERS with the other KAFKA_ variables, the
file's current context. Further flags then change single values; --brokers can
only choose among a context's. --no-context turns all contexts off.`,
		Example: `  eventctl context list
  eventctl context use staging
  eventctl tail todos --context staging`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.contextListCmd(), a.contextShowCmd(), a.contextUseCmd())
	return cmd
}

// contextListCmd reads no secret: it works where a password is not at hand, and
// runs no token_command.
func (a *app) contextListCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the contexts",
		Long: `List shows the contexts of the file, with the current one marked. It reads no
secret and connects to nothing.`,
		Example: `  eventctl context list
  eventctl context list --json | jq -r '.[].name'`,
		Args: exactly(),
		RunE: func(*cobra.Command, []string) error {
			f, err := a.contexts()
			if err != nil {
				return err
			}
			current := ""
			if len(f.Names()) > 0 {
				current = a.currentContext(f)
			}
			all := []contexts.Summary{} // [] in JSON if there are none
			for _, name := range f.Names() {
				all = append(all, f.Summary(name, current, a.getenv))
			}
			if a.json {
				return terminal.JSON(a.stdout, all)
			}
			if len(all) == 0 {
				// Not on stdout, where a script would take it for a context.
				_, err := fmt.Fprintln(a.stderr, terminal.Printable("no contexts: "+f.Empty()))
				return err
			}
			t := a.table("CURRENT", "NAME", "BROKERS", "TLS", "SASL")
			for _, s := range all {
				t.Add(map[bool]string{true: "*"}[s.Current], s.Name, strings.Join(s.Brokers, ","), s.Transport(), s.SASL)
			}
			return t.Print(a.stdout)
		},
	}
}

// contextShowCmd shows where secrets are, and never one of them.
func (a *app) contextShowCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "show [CONTEXT]",
		Short: "Show a context, and where its secrets are",
		Long: `Show prints how a context reaches its cluster, and where its secrets are: in a
variable, in a file, or from a command. It prints no secret.`,
		Example: `  eventctl context show
  eventctl context show staging`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("unexpected argument %q", args[1])
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			f, err := a.contexts()
			if err != nil {
				return err
			}
			current := a.currentContext(f)
			name := current
			if len(args) == 1 {
				name = args[0]
			}
			if name == "" {
				return usagef("no context is current: give a name, or choose one with eventctl context use CONTEXT")
			}
			if _, err := f.Find(name); err != nil {
				return usageError{err}
			}
			s := f.Summary(name, current, a.getenv)
			if a.json {
				return terminal.JSON(a.stdout, s)
			}
			lines := [][2]string{{"context", s.Name}, {"brokers", strings.Join(s.Brokers, ", ")}, {"tls", s.Transport()}}
			if t := s.TLS; t != nil {
				lines = append(lines, [2]string{"ca", t.CA}, [2]string{"cert", t.Cert}, [2]string{"key", t.Key})
			}
			lines = append(lines, [2]string{"sasl", s.SASL}, [2]string{"user", s.User}, [2]string{"secret", s.Secret})
			for _, l := range lines {
				if l[1] != "" {
					fmt.Fprintf(a.stdout, "%s: %s\n", l[0], terminal.Printable(l[1]))
				}
			}
			return nil
		},
	}
}

// contextUseCmd changes the line current: of the file, or adds it, and keeps the rest
// with its comments. It does not try the context, whose cluster may be out of reach now.
func (a *app) contextUseCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "use CONTEXT",
		Short: "Make a context the current one",
		Long: `Use writes the name of a context into the file, as the one that commands connect
by unless they are told otherwise. Nothing else in the file changes.`,
		Example: `  eventctl context use staging`,
		Args:    exactly("CONTEXT"),
		RunE: func(_ *cobra.Command, args []string) error {
			f, err := a.contexts()
			if err != nil {
				return err
			}
			// Use writes any name: a misspelled one would fail in the next command only.
			if _, err := f.Find(args[0]); err != nil {
				return usageError{err}
			}
			if err := f.Use(args[0]); err != nil {
				return err
			}
			f.Current = args[0]
			if current := a.currentContext(f); current != args[0] {
				_, err = fmt.Fprintf(a.stdout, "context %s is the file's current one\n", terminal.Printable(args[0]))
				return err
			}
			_, err = fmt.Fprintf(a.stdout, "context %s is current\n", terminal.Printable(args[0]))
			return err
		},
	}
}
