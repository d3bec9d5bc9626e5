package kafkaconn

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/config"
)

// FromEnv reads how to reach the cluster from the environment, under the
// names that eventctl reads too:
//
//	KAFKA_BROKERS                  host:port,host:port (required)
//	KAFKA_INSECURE                 true allows plaintext to brokers outside this host
//	KAFKA_TLS                      true turns TLS on; so does each of the files
//	KAFKA_TLS_CA                   PEM file of the authorities to trust; else the system's
//	KAFKA_TLS_CERT, KAFKA_TLS_KEY  PEM files of the client's certificate and its key
//	KAFKA_SASL_MECHANISM           PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER
//	KAFKA_SASL_USER                of PLAIN and SCRAM
//	KAFKA_SASL_PASSWORD            of PLAIN and SCRAM
//	KAFKA_SASL_TOKEN_FILE          file of OAUTHBEARER's token, a JWT: see TokenFile
//	KAFKA_OIDC_ENDPOINT            URL that gives OAUTHBEARER's tokens: see OIDC
//	KAFKA_OIDC_CLIENT_ID           of the endpoint
//	KAFKA_OIDC_CLIENT_SECRET       of the endpoint
//	KAFKA_OIDC_SCOPE               of the tokens
//	KAFKA_OIDC_CA                  PEM file of the authorities to trust at the endpoint
//	KAFKA_OIDC_EXTENSIONS          SASL extensions, key=value,key=value
//
// KAFKA_SASL_PASSWORD_FILE and KAFKA_OIDC_CLIENT_SECRET_FILE name files with the
// secrets instead, as Kubernetes mounts them; a line's end at their end is not
// part of the secret. An empty variable counts as one that is not set.
//
// Its error matches [ErrInvalid] and names every problem, by variable. With
// OAUTHBEARER and neither a token file nor an endpoint, the program sets
// SASL.Token itself.
func FromEnv() (Connection, error) {
	c, problems := ReadEnv(os.Getenv)
	checked := c
	if s := c.SASL; s != nil && s.Mechanism == MechanismOAuth && s.Token == nil && s.OIDC == nil {
		checked.SASL = nil // the program sets SASL.Token
		if s.Username != "" || s.Password != "" {
			problems = append(problems, config.Problemf("KAFKA_SASL_MECHANISM", "OAUTHBEARER has tokens: leave KAFKA_SASL_USER and KAFKA_SASL_PASSWORD out"))
		}
	}
	problems = append(problems, config.WithoutFollowUps(checked.Problems(toSet), problems)...)
	if err := config.Join("connection from the environment", problems); err != nil {
		return Connection{}, err
	}
	return c, nil
}

// ReadEnv is FromEnv for a program that has further settings of its own, such as
// flags: it reads the variables by get and lists what is wrong with single ones.
// The program checks the whole with [Connection.Problems].
func ReadEnv(get func(variable string) string) (Connection, []error) {
	e := environment{get: get}
	return e.connection(), e.problems
}

// environment reads variables, and collects what is wrong with them.
type environment struct {
	get      func(string) string
	problems []error
}

func (e *environment) connection() Connection {
	c := Connection{
		Brokers:  splitList(e.get("KAFKA_BROKERS")),
		Insecure: e.flag("KAFKA_INSECURE"),
	}
	t := TLS{CAFile: e.get("KAFKA_TLS_CA"), CertFile: e.get("KAFKA_TLS_CERT"), KeyFile: e.get("KAFKA_TLS_KEY")}
	on, off := e.flag("KAFKA_TLS"), e.get("KAFKA_TLS") != ""
	switch {
	case on || t != TLS{} && !off:
		c.TLS = &t
	case t != TLS{}:
		e.problem("KAFKA_TLS", "is false, and KAFKA_TLS_CA, KAFKA_TLS_CERT or KAFKA_TLS_KEY is set: leave one out")
	}
	c.SASL = e.sasl()
	return c
}

func (e *environment) sasl() *SASL {
	s := &SASL{
		Mechanism: strings.ToUpper(e.get("KAFKA_SASL_MECHANISM")),
		Username:  e.get("KAFKA_SASL_USER"),
		Password:  e.secret("KAFKA_SASL_PASSWORD"),
	}
	if file := e.get("KAFKA_SASL_TOKEN_FILE"); file != "" {
		s.Token = TokenFile(file)
		if _, err := os.Stat(file); err != nil {
			e.problem("KAFKA_SASL_TOKEN_FILE", "%w", err)
		}
	}
	o := OIDC{
		CAFile: e.get("KAFKA_OIDC_CA"), ClientID: e.get("KAFKA_OIDC_CLIENT_ID"),
		ClientSecret: e.secret("KAFKA_OIDC_CLIENT_SECRET"),
		Scope:        e.get("KAFKA_OIDC_SCOPE"), TokenEndpoint: e.get("KAFKA_OIDC_ENDPOINT"),
		Extensions: e.pairs("KAFKA_OIDC_EXTENSIONS"),
	}
	if o.CAFile != "" || o.ClientID != "" || o.ClientSecret != "" || o.Scope != "" || o.TokenEndpoint != "" || o.Extensions != nil {
		s.OIDC = &o
	}
	if s.Mechanism == "" && s.Username == "" && s.Password == "" && s.Token == nil && s.OIDC == nil {
		return nil
	}
	return s
}

// variables are the fields' names in the environment.
var variables = map[string]string{
	"Brokers":                 "KAFKA_BROKERS",
	"Insecure":                "KAFKA_INSECURE",
	"TLS":                     "KAFKA_TLS",
	"TLS.CAFile":              "KAFKA_TLS_CA",
	"TLS.CertFile":            "KAFKA_TLS_CERT",
	"TLS.KeyFile":             "KAFKA_TLS_KEY",
	"SASL.Mechanism":          "KAFKA_SASL_MECHANISM",
	"SASL.Username":           "KAFKA_SASL_USER",
	"SASL.Password":           "KAFKA_SASL_PASSWORD",
	"SASL.Token":              "KAFKA_SASL_TOKEN_FILE",
	"SASL.OIDC":               "KAFKA_OIDC_ENDPOINT",
	"SASL.OIDC.CAFile":        "KAFKA_OIDC_CA",
	"SASL.OIDC.ClientID":      "KAFKA_OIDC_CLIENT_ID",
	"SASL.OIDC.ClientSecret":  "KAFKA_OIDC_CLIENT_SECRET",
	"SASL.OIDC.Extensions":    "KAFKA_OIDC_EXTENSIONS",
	"SASL.OIDC.TokenEndpoint": "KAFKA_OIDC_ENDPOINT",
}

// Variable is the environment variable that a field is read from, for a program that
// calls fields by other names too, such as flags: Variable("TLS.CAFile") is
// KAFKA_TLS_CA. Fields are those of [Connection.Problems]. For one that no variable
// sets it is empty.
func Variable(field string) string { return variables[field] }

// toSet is the variable of a field as a problem names it, with what to set it to
// where that is not plain.
func toSet(field string) string {
	switch field {
	case "Insecure":
		return "KAFKA_INSECURE=true"
	case "TLS":
		return "KAFKA_TLS_CA or KAFKA_TLS=true"
	}
	return variables[field]
}

func (e *environment) problem(name, format string, args ...any) {
	e.problems = append(e.problems, config.Problemf(name, format, args...))
}

// flag is false if the variable is not set.
func (e *environment) flag(name string) bool {
	text := e.get(name)
	if text == "" {
		return false
	}
	on, err := strconv.ParseBool(text)
	if err != nil {
		e.problem(name, "%q is neither true nor false", text)
	}
	return on
}

// secret is the value of a variable, or what is in the file that the one named
// NAME_FILE names. No error repeats it.
func (e *environment) secret(name string) string {
	value, file := e.get(name), e.get(name+"_FILE")
	if file == "" {
		return value
	}
	if value != "" {
		e.problem(name, "is set, and so is %s_FILE: leave one out", name)
		return value
	}
	text, err := readSecret(file)
	if err != nil {
		e.problem(name+"_FILE", "%w", err)
	}
	return text
}

func readSecret(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if secret == "" {
		return "", fmt.Errorf("%s is empty", file)
	}
	return secret, nil
}

func (e *environment) pairs(name string) map[string]string {
	list := splitList(e.get(name))
	if len(list) == 0 {
		return nil
	}
	out := map[string]string{}
	for _, pair := range list {
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			e.problem(name, "%q is not key=value", pair)
			continue
		}
		out[key] = value
	}
	return out
}

func splitList(text string) []string {
	var out []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			out = append(out, item)
		}
	}
	return out
}
