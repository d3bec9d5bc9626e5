package contexts

import (
	"fmt"

	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// Summary is a context as it is shown: without its secrets, but with where they are.
// Its JSON names are those of --json.
type Summary struct {
	Name     string   `json:"name"`
	Current  bool     `json:"current"`
	Brokers  []string `json:"brokers"`
	Insecure bool     `json:"insecure,omitempty"`
	TLS      *TLS     `json:"tls,omitempty"`
	SASL     string   `json:"sasl,omitempty"`
	User     string   `json:"user,omitempty"`
	Secret   string   `json:"secret,omitempty"` // where it is
}

// Summary is the summary of one of the contexts. It reads variables only to say
// whether they are set. Which context is current, the caller knows: not only the file
// says it.
func (f *File) Summary(name, current string, getenv func(variable string) string) Summary {
	c := f.Contexts[name]
	out := Summary{Name: name, Current: name == current, Brokers: kafkaconn.ShownBrokers(c.Brokers), Insecure: c.Insecure, TLS: c.TLS}
	if out.Brokers == nil {
		out.Brokers = []string{} // [] in JSON
	}
	s := c.SASL
	if s == nil {
		return out
	}
	out.SASL, out.User = s.Mechanism, s.User
	where := func(what, env, file string) {
		switch {
		case env != "" && getenv(env) == "":
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
		out.Secret = "token from command " + s.TokenCommand[0] // its arguments may be secret
	}
	if o := s.OIDC; o != nil {
		out.User = o.ClientID
		where("client secret", o.ClientSecretEnv, o.ClientSecretFile)
	}
	return out
}

// Transport is a context's TLS in a few words.
func (s Summary) Transport() string {
	switch {
	case s.TLS == nil:
		return "off"
	case s.TLS.Cert != "":
		return "client certificate"
	}
	return "on"
}
