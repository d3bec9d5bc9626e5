package contexts

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// Connection is how to reach the cluster of a context, with its secrets, and what
// errors call a field of it, as for [kafkaconn.Connection.Problems]. Whether it can
// be used, its caller checks.
func (f *File) Connection(name string, env Environment) (conn kafkaconn.Connection, named func(field string) string, err error) {
	c, err := f.Find(name)
	if err != nil {
		return kafkaconn.Connection{}, nil, err
	}
	named = func(field string) string { return fmt.Sprintf("%s of context %q", c.SASL.key(field), name) }
	// beside makes a relative file one beside the file of contexts, so that a context
	// means the same wherever a command is run.
	beside := func(file string) string {
		if file == "" || filepath.IsAbs(file) {
			return file
		}
		return filepath.Join(filepath.Dir(f.path), file)
	}
	conn = kafkaconn.Connection{Brokers: c.Brokers, Insecure: c.Insecure}
	if t := c.TLS; t != nil {
		conn.TLS = &kafkaconn.TLS{CAFile: beside(t.CA), CertFile: beside(t.Cert), KeyFile: beside(t.Key)}
	}
	if c.SASL == nil {
		return conn, named, nil
	}
	// secret keeps the first error, and reads nothing after it.
	secret := func(field, variable, file string) string {
		if err != nil {
			return ""
		}
		var text string
		if text, err = env.secret(variable, beside(file)); err != nil {
			err = fmt.Errorf("%s: %w", named(field), err)
		}
		return text
	}
	s := c.SASL
	conn.SASL = &kafkaconn.SASL{Mechanism: strings.ToUpper(s.Mechanism), Username: s.User, Password: secret("SASL.Password", s.PasswordEnv, s.PasswordFile)}
	switch {
	case len(s.TokenCommand) > 0:
		// A program that is given as a path: in a stranger's repository there may be
		// another one of that path. A name alone is looked for in PATH.
		command := slices.Clone(s.TokenCommand)
		if strings.ContainsAny(command[0], `/`+string(filepath.Separator)) {
			command[0] = beside(command[0])
		}
		conn.SASL.Token = shared(tokenCommand(command, env.Stderr))
	case s.TokenFile != "":
		if err == nil {
			if err = env.checkSecretFile(beside(s.TokenFile)); err != nil {
				err = fmt.Errorf("%s: %w", named("SASL.Token"), err)
			}
		}
		conn.SASL.Token = kafkaconn.TokenFile(beside(s.TokenFile))
	case s.TokenEnv != "":
		conn.SASL.Token = TokenOf(secret("SASL.Token", s.TokenEnv, ""))
	}
	if o := s.OIDC; o != nil {
		conn.SASL.OIDC = &kafkaconn.OIDC{
			TokenEndpoint: o.Endpoint, ClientID: o.ClientID, ClientSecret: secret("SASL.OIDC.ClientSecret", o.ClientSecretEnv, o.ClientSecretFile),
			Scope: o.Scope, CAFile: beside(o.CA), Extensions: o.Extensions,
		}
	}
	return conn, named, err
}

// TokenOf gives a token that is known, and that nobody renews.
func TokenOf(text string) func(context.Context) (kafkaconn.Token, error) {
	return func(context.Context) (kafkaconn.Token, error) { return kafkaconn.ParseToken(text) }
}
