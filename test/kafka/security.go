package kafkatest

import (
	"fmt"
	"path/filepath"
)

// Security describes the secured listeners of a cluster. All have a
// certificate for localhost and 127.0.0.1 which CAFile's authority has signed.
type Security struct {
	// SASL are the addresses of the listeners with TLS and SASL: SCRAM-SHA-512,
	// and OAUTHBEARER with unsecured tokens.
	SASL []string
	// Passwords are the addresses of the listeners with TLS and the other SASL
	// mechanisms: PLAIN and SCRAM-SHA-256.
	Passwords []string
	// User and Password are those of the one user that PLAIN and SCRAM know.
	User, Password string
	// MTLS are the addresses of the listeners that ask for a client certificate.
	MTLS []string
	// ClientCert and ClientKey are that of the principal User:CN=<User>.
	ClientCert, ClientKey string

	// TLS are the addresses of the listeners that option Listener adds, by name.
	TLS map[string][]string

	CAFile string
	Dir    string // for further files of the tests
	CA     *Authority

	keyStore  string
	keyStores map[string]string // of TLS
}

func newSecurity(dir string, nodes []*node, own []listener) (*Security, error) {
	ca, err := NewAuthority()
	if err != nil {
		return nil, err
	}
	s := &Security{User: "alice", Password: "alice-secret", CA: ca, Dir: dir, CAFile: filepath.Join(dir, "ca.pem"), keyStore: filepath.Join(dir, "server.pem"), TLS: map[string][]string{}, keyStores: map[string]string{}}
	if err := ca.WriteCA(s.CAFile); err != nil {
		return nil, err
	}
	if err := ca.WriteKeyStore(s.keyStore, Certificate{Name: "localhost", Hosts: []string{"localhost", "127.0.0.1"}}); err != nil {
		return nil, err
	}
	s.ClientCert, s.ClientKey = filepath.Join(dir, "client.pem"), filepath.Join(dir, "client.key")
	if err := ca.WritePair(s.ClientCert, s.ClientKey, Certificate{Name: s.User}); err != nil {
		return nil, err
	}
	for i, l := range own {
		s.keyStores[l.name] = filepath.Join(dir, l.name+".pem")
		if err := ca.WriteKeyStore(s.keyStores[l.name], l.cert); err != nil {
			return nil, err
		}
		for _, n := range nodes {
			s.TLS[l.name] = append(s.TLS[l.name], n.addr(firstOwn+i))
		}
	}
	for _, n := range nodes {
		s.SASL = append(s.SASL, n.addr(sasl))
		s.Passwords = append(s.Passwords, n.addr(passwords))
		s.MTLS = append(s.MTLS, n.addr(mtls))
	}
	return s, nil
}

// properties are the lines that the listeners need.
func (s *Security) properties() []string {
	const of = "listener.name."
	lines := []string{
		"authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		"super.users=User:ANONYMOUS",
		of + "sasl.sasl.enabled.mechanisms=SCRAM-SHA-512,OAUTHBEARER",
		of + "sasl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;",
		of + "sasl.oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;",
		of + "sasl.oauthbearer.sasl.server.callback.handler.class=org.apache.kafka.common.security.oauthbearer.internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler",
		of + "passwords.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256",
		of + fmt.Sprintf("passwords.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_%s=\"%s\";", s.User, s.Password),
		of + "passwords.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;",
		of + "mtls.ssl.client.auth=required",
		of + "mtls.ssl.truststore.type=PEM",
		of + "mtls.ssl.truststore.location=" + s.CAFile,
	}
	for _, l := range []string{"sasl", "passwords", "mtls"} {
		lines = append(lines, of+l+".ssl.keystore.type=PEM", of+l+".ssl.keystore.location="+s.keyStore)
	}
	for name, store := range s.keyStores {
		lines = append(lines, of+name+".ssl.keystore.type=PEM", of+name+".ssl.keystore.location="+store)
	}
	return lines
}

func (s *Security) formatArgs() []string {
	var args []string
	for _, mechanism := range []string{"SCRAM-SHA-256", "SCRAM-SHA-512"} {
		args = append(args, "--add-scram", fmt.Sprintf("%s=[name=%s,password=%s]", mechanism, s.User, s.Password))
	}
	return args
}
