package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

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
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.contextListCmd(), a.contextShowCmd(), a.contextUseCmd())
	return cmd
}

// shownContext is a context without secrets.
type shownContext struct {
	Name     string   `json:"name"`
	Current  bool     `json:"current"`
	Brokers  []string `json:"brokers"`
	Insecure bool     `json:"insecure,omitempty"`
	TLS      *tlsYAML `json:"tls,omitempty"`
	SASL     string   `json:"sasl,omitempty"`
	User     string   `json:"user,omitempty"`
	Secret   string   `json:"secret,omitempty"` // where it is
}

func (a *app) showContext(f *contextFile, name string) shownContext {
	c := f.Contexts[name]
	out := shownContext{Name: name, Current: name == f.Current, Brokers: c.Brokers, Insecure: c.Insecure, TLS: c.TLS}
	if out.Brokers == nil {
		out.Brokers = []string{}
	}
	s := c.SASL
	if s == nil {
		return out
	}
	out.SASL, out.User = s.Mechanism, s.User
	where := func(what, env, file string) {
		switch {
		case env != "" && a.getenv(env) == "":
			out.Secret = fmt.Sprintf("%s in variable %s, which is not set", what, env)
		case env != "":
			out.Secret = fmt.Sprintf("%s in variable %s", what, env)
		case file != "":
			out.Secret = fmt.Sprintf("%s in file %s", what, file)
		}
	}
	where("password", s.PasswordEnv, s.PasswordFile)
	where("token", s.TokenEnv, s.TokenFile)
	if len(s.TokenCommand) > 0 {
		out.Secret = "token from command " + s.TokenCommand[0]
	}
	if o := s.OIDC; o != nil {
		out.User = o.ClientID
		where("client secret", o.ClientSecretEnv, o.ClientSecretFile)
	}
	return out
}

// transport is a context's TLS in a few words.
func (s shownContext) transport() string {
	switch {
	case s.TLS == nil:
		return "off"
	case s.TLS.Cert != "":
		return "client certificate"
	}
	return "on"
}

func (a *app) contextListCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the contexts",
		Args:  exactly(),
		RunE: func(*cobra.Command, []string) error {
			f, err := a.contexts()
			if err != nil {
				return err
			}
			all := []shownContext{}
			for _, name := range f.names() {
				all = append(all, a.showContext(f, name))
			}
			if a.json {
				return terminal.JSON(a.stdout, all)
			}
			if len(all) == 0 {
				_, err := fmt.Fprintln(a.stderr, terminal.Printable("no contexts: "+f.empty()))
				return err
			}
			t := terminal.NewTable("CURRENT", "NAME", "BROKERS", "TLS", "SASL")
			for _, s := range all {
				t.Add(map[bool]string{true: "*"}[s.Current], s.Name, strings.Join(s.Brokers, ","), s.transport(), s.SASL)
			}
			return t.Print(a.stdout)
		},
	}
}

func (a *app) contextShowCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "show [NAME]",
		Short: "Show a context, the current one by default, and where its secrets are",
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
			name := f.Current
			if len(args) == 1 {
				name = args[0]
			}
			if name == "" {
				return usagef("no context is current: give a name, or choose one with eventctl context use NAME")
			}
			if _, err := f.context(name); err != nil {
				return err
			}
			s := a.showContext(f, name)
			if a.json {
				return terminal.JSON(a.stdout, s)
			}
			lines := [][2]string{{"context", s.Name}, {"brokers", strings.Join(s.Brokers, ", ")}, {"tls", s.transport()}}
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

func (a *app) contextUseCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "use NAME",
		Short: "Make a context the current one",
		Args:  exactly("NAME"),
		RunE: func(_ *cobra.Command, args []string) error {
			f, err := a.contexts()
			if err != nil {
				return err
			}
			if _, err := f.context(args[0]); err != nil {
				return err
			}
			if err := f.use(args[0]); err != nil {
				return err
			}
			_, err = fmt.Fprintf(a.stdout, "context %s is current\n", terminal.Printable(args[0]))
			return err
		},
	}
}

var currentLine = regexp.MustCompile(`(?m)^current:.*$`)

// use writes the file with another current context, and everything else as it
// was, comments included.
func (f *contextFile) use(name string) error {
	value, err := yaml.Marshal(map[string]string{"current": name})
	if err != nil {
		return fmt.Errorf("write the current context: %w", err)
	}
	line := bytes.TrimRight(value, "\n")
	text := slices.Concat(line, []byte("\n"), f.text)
	if at := currentLine.FindIndex(f.text); at != nil {
		text = slices.Concat(f.text[:at[0]], line, f.text[at[1]:])
	}
	var check contextFile
	if err := yaml.Unmarshal(text, &check); err != nil || check.Current != name {
		return fmt.Errorf("%s is written in a way that cannot be changed here: set current: %s in it yourself", f.path, name)
	}
	path, err := filepath.EvalSymlinks(f.path)
	if err != nil {
		return fmt.Errorf("write the current context: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("write the current context: %w", err)
	}
	// Renamed into place, so that no other command sees half of it.
	tmp, err := os.CreateTemp(filepath.Dir(path), ".config-*")
	if err != nil {
		return fmt.Errorf("write the current context: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // it is gone after the rename
	_, err = tmp.Write(text)
	for _, step := range []func() error{
		func() error { return tmp.Chmod(info.Mode().Perm()) },
		tmp.Close,
		func() error { return os.Rename(tmp.Name(), path) },
	} {
		if err == nil {
			err = step()
		}
	}
	if err != nil {
		return fmt.Errorf("write the current context: %w", err)
	}
	return nil
}
