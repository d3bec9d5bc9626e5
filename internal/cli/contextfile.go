package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/eventcontracts/eventcontracts/internal/suggest"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// contextFile is the file of contexts: how to reach each cluster, by name. It
// holds no secret, only where each is.
type contextFile struct {
	Current  string                 `yaml:"current"`
	Contexts map[string]contextYAML `yaml:"contexts"`

	path string
	text []byte
}

type contextYAML struct {
	Brokers  []string  `yaml:"brokers"`
	Insecure bool      `yaml:"insecure"`
	TLS      *tlsYAML  `yaml:"tls"`
	SASL     *saslYAML `yaml:"sasl"`
}

type tlsYAML struct {
	CA   string `yaml:"ca"   json:"ca,omitempty"`
	Cert string `yaml:"cert" json:"cert,omitempty"`
	Key  string `yaml:"key"  json:"key,omitempty"`
}

type saslYAML struct {
	Mechanism    string    `yaml:"mechanism"`
	User         string    `yaml:"user"`
	PasswordEnv  string    `yaml:"password_env"`
	PasswordFile string    `yaml:"password_file"`
	TokenEnv     string    `yaml:"token_env"`
	TokenFile    string    `yaml:"token_file"`
	TokenCommand []string  `yaml:"token_command"`
	OIDC         *oidcYAML `yaml:"oidc"`
}

type oidcYAML struct {
	Endpoint         string            `yaml:"endpoint"`
	ClientID         string            `yaml:"client_id"`
	ClientSecretEnv  string            `yaml:"client_secret_env"`
	ClientSecretFile string            `yaml:"client_secret_file"`
	Scope            string            `yaml:"scope"`
	CA               string            `yaml:"ca"`
	Extensions       map[string]string `yaml:"extensions"`
}

// contextPath is where the contexts are; "" if the environment does not tell.
func (a *app) contextPath() string {
	if file := a.getenv("EVENTCTL_CONFIG"); file != "" {
		return file
	}
	if dir := a.getenv("XDG_CONFIG_HOME"); dir != "" {
		return filepath.Join(dir, "eventctl", "config.yaml")
	}
	if home := a.getenv("HOME"); home != "" {
		return filepath.Join(home, ".config", "eventctl", "config.yaml")
	}
	return ""
}

// contexts reads the file. One that does not exist has no contexts.
func (a *app) contexts() (*contextFile, error) {
	f := &contextFile{path: a.contextPath()}
	if f.path == "" {
		return f, nil
	}
	text, err := os.ReadFile(f.path)
	if errors.Is(err, os.ErrNotExist) {
		if a.getenv("EVENTCTL_CONFIG") != "" {
			return nil, usagef("EVENTCTL_CONFIG: %w", err)
		}
		return f, nil
	}
	if err != nil {
		return nil, usagef("contexts: %w", err)
	}
	if err := checkMode(f.path, 0o022, "others may change it, and so choose where passwords go and what runs: chmod go-w"); err != nil {
		return nil, err
	}
	f.text = text
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(f); err != nil && !errors.Is(err, io.EOF) {
		return nil, usagef("contexts: %s: %s", f.path, contextProblem(err))
	}
	return f, nil
}

var secretKey = regexp.MustCompile(`field (password|token|client_secret) not found`)

// contextProblem is a YAML error that says what to write instead. The error
// names keys and lines, not values; of a value in a wrong place it quotes some.
func contextProblem(err error) string {
	var te *yaml.TypeError
	if !errors.As(err, &te) {
		return err.Error()
	}
	var out []string
	for _, text := range te.Errors {
		if m := secretKey.FindStringSubmatch(text); m != nil {
			line, _, _ := strings.Cut(text, ":")
			out = append(out, fmt.Sprintf("%s: a secret does not belong into this file: say where it is, with %s_env: VARIABLE or %s_file: FILE", line, m[1], m[1]))
			continue
		}
		if line, _, ok := strings.Cut(text, ": cannot unmarshal"); ok {
			text = line + ": the value has the wrong shape" // the rest quotes it
		}
		out = append(out, regexp.MustCompile(` in type cli\.\w+`).ReplaceAllString(text, ""))
	}
	return strings.Join(out, "; ")
}

// checkMode refuses a file that others may use in a way that they must not.
func checkMode(file string, refused os.FileMode, why string) error {
	info, err := os.Stat(file)
	if err != nil {
		return usageError{err}
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&refused != 0 {
		return usagef("%s has mode %04o: %s %s", file, info.Mode().Perm(), why, file)
	}
	return nil
}

func (f *contextFile) names() []string { return slices.Sorted(maps.Keys(f.Contexts)) }

// context finds a context by name.
func (f *contextFile) context(name string) (contextYAML, error) {
	if c, ok := f.Contexts[name]; ok {
		return c, nil
	}
	switch near := suggest.Near(name, f.names()); {
	case len(near) > 0:
		return contextYAML{}, usagef("no context %q in %s: did you mean %s?", name, f.path, strings.Join(near, " or "))
	case len(f.Contexts) > 0:
		return contextYAML{}, usagef("no context %q in %s: contexts are %s", name, f.path, strings.Join(f.names(), ", "))
	}
	return contextYAML{}, usagef("no context %q: %s", name, f.empty())
}

// empty says why the file has no contexts.
func (f *contextFile) empty() string {
	switch {
	case f.path == "":
		return "set EVENTCTL_CONFIG to a file of contexts"
	case f.text == nil:
		return f.path + " does not exist: eventctl context --help shows how to write it"
	}
	return f.path + " has none: eventctl context --help shows how to write one"
}

// contextName is the context to use; "" for the environment's connection. What
// a flag or variable says comes first, and credentials of one place never go to
// brokers of another.
func (a *app) contextName() (string, error) {
	name, brokers := a.getenv("EVENTCTL_CONTEXT"), a.getenv("KAFKA_BROKERS")
	switch {
	case a.kafka.context != "" && a.kafka.noContext:
		return "", usagef("--context and --no-context contradict each other: give one")
	case a.kafka.context != "":
		return a.kafka.context, nil
	case a.kafka.noContext:
		return "", nil
	case name != "" && brokers != "":
		return "", usagef("EVENTCTL_CONTEXT and KAFKA_BROKERS are both set: unset one, or choose by --context or --no-context")
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

// checkBrokers refuses --brokers outside a context: they would get its
// credentials.
func (f kafkaFlags) checkBrokers(name string, brokers []string) error {
	for _, b := range f.brokerList() {
		if !slices.ContainsFunc(brokers, func(known string) bool { return strings.EqualFold(known, b) }) {
			return usagef("--brokers: %s is not a broker of context %q, and gets none of its credentials: choose the context that has it by --context, or connect without one by --no-context", b, name)
		}
	}
	return nil
}

// fromContext is the connection of a context. Relative files are beside the
// file of contexts.
func (a *app) fromContext(name string) (kafkaconn.Connection, func(string) string, error) {
	f, err := a.contexts()
	if err != nil {
		return kafkaconn.Connection{}, nil, err
	}
	c, err := f.context(name)
	if err == nil {
		err = a.kafka.checkBrokers(name, c.Brokers)
	}
	if err != nil {
		return kafkaconn.Connection{}, nil, err
	}
	named := func(field string) string { return fmt.Sprintf("%s of context %q", c.SASL.key(field), name) }
	beside := func(file string) string {
		if file == "" || filepath.IsAbs(file) {
			return file
		}
		return filepath.Join(filepath.Dir(f.path), file)
	}
	out := kafkaconn.Connection{Brokers: c.Brokers, Insecure: c.Insecure}
	if t := c.TLS; t != nil {
		out.TLS = &kafkaconn.TLS{CAFile: beside(t.CA), CertFile: beside(t.Cert), KeyFile: beside(t.Key)}
	}
	if c.SASL == nil {
		return out, named, nil
	}
	secret := func(field, env, file string) string {
		if err != nil {
			return ""
		}
		var text string
		if text, err = a.secret(env, beside(file)); err != nil {
			err = usagef("%s: %w", named(field), err)
		}
		return text
	}
	s := c.SASL
	out.SASL = &kafkaconn.SASL{Mechanism: strings.ToUpper(s.Mechanism), Username: s.User, Password: secret("SASL.Password", s.PasswordEnv, s.PasswordFile)}
	switch {
	case len(s.TokenCommand) > 0:
		out.SASL.Token = shared(tokenCommand(s.TokenCommand, a.stderr))
	case s.TokenFile != "":
		if err == nil {
			if err = a.checkSecretFile(beside(s.TokenFile)); err != nil {
				err = usagef("%s: %w", named("SASL.Token"), err)
			}
		}
		out.SASL.Token = kafkaconn.TokenFile(beside(s.TokenFile))
	case s.TokenEnv != "":
		out.SASL.Token = tokenOf(secret("SASL.Token", s.TokenEnv, ""))
	}
	if o := s.OIDC; o != nil {
		out.SASL.OIDC = &kafkaconn.OIDC{
			TokenEndpoint: o.Endpoint, ClientID: o.ClientID, ClientSecret: secret("SASL.OIDC.ClientSecret", o.ClientSecretEnv, o.ClientSecretFile),
			Scope: o.Scope, CAFile: beside(o.CA), Extensions: o.Extensions,
		}
	}
	return out, named, err
}

// contextKeys are the fields' names in the file.
var contextKeys = map[string]string{
	"Brokers":                 "brokers",
	"Insecure":                "insecure",
	"TLS":                     "tls",
	"TLS.CAFile":              "tls.ca",
	"TLS.CertFile":            "tls.cert",
	"TLS.KeyFile":             "tls.key",
	"SASL":                    "sasl",
	"SASL.Mechanism":          "sasl.mechanism",
	"SASL.Username":           "sasl.user",
	"SASL.Password":           "sasl.password_env or sasl.password_file",
	"SASL.Token":              "sasl.token_env, token_file or token_command",
	"SASL.OIDC":               "sasl.oidc",
	"SASL.OIDC.CAFile":        "sasl.oidc.ca",
	"SASL.OIDC.ClientID":      "sasl.oidc.client_id",
	"SASL.OIDC.ClientSecret":  "sasl.oidc.client_secret_env or client_secret_file",
	"SASL.OIDC.Extensions":    "sasl.oidc.extensions",
	"SASL.OIDC.TokenEndpoint": "sasl.oidc.endpoint",
}

// key is a field's name in the file: of the ways to say where a secret is, the
// one that is used.
func (s *saslYAML) key(field string) string {
	if s == nil {
		return contextKeys[field]
	}
	o := s.OIDC
	if o == nil {
		o = &oidcYAML{}
	}
	var used []string
	for _, way := range []struct {
		field, key string
		used       bool
	}{
		{"SASL.Password", "sasl.password_env", s.PasswordEnv != ""},
		{"SASL.Password", "sasl.password_file", s.PasswordFile != ""},
		{"SASL.Token", "sasl.token_env", s.TokenEnv != ""},
		{"SASL.Token", "sasl.token_file", s.TokenFile != ""},
		{"SASL.Token", "sasl.token_command", len(s.TokenCommand) > 0},
		{"SASL.OIDC.ClientSecret", "sasl.oidc.client_secret_env", o.ClientSecretEnv != ""},
		{"SASL.OIDC.ClientSecret", "sasl.oidc.client_secret_file", o.ClientSecretFile != ""},
	} {
		if way.field == field && way.used {
			used = append(used, way.key)
		}
	}
	if len(used) == 1 {
		return used[0]
	}
	return contextKeys[field]
}

// checkSecretFile refuses a file that others may write. One that they may read
// is what Kubernetes mounts, where nobody else is: it gets a warning.
func (a *app) checkSecretFile(file string) error {
	if err := checkMode(file, 0o022, "others may change the secret in it: chmod 600"); err != nil {
		return err
	}
	if err := checkMode(file, 0o044, "others on this machine may read the secret in it; if there are any: chmod 600"); err != nil {
		fmt.Fprintf(a.stderr, "warning: %s\n", terminal.Printable(err.Error()))
	}
	return nil
}

// secret reads what a variable or a file holds. A file's line end is not part
// of it.
func (a *app) secret(env, file string) (string, error) {
	switch {
	case env != "" && file != "":
		return "", errors.New("give one of them")
	case env != "":
		text := a.getenv(env)
		if text == "" {
			return "", fmt.Errorf("variable %s is not set", env)
		}
		return text, nil
	case file != "":
		if err := a.checkSecretFile(file); err != nil {
			return "", err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		return strings.TrimRight(string(text), "\r\n"), nil
	}
	return "", nil
}
