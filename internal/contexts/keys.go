package contexts

// keys are the names in the file of the fields of a kafkaconn.Connection, by which
// errors call them. Of a secret it is the ways to say where it is.
var keys = map[string]string{
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
func (s *SASL) key(field string) string {
	if s == nil {
		return keys[field]
	}
	o := s.OIDC
	if o == nil {
		o = &OIDC{}
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
	return keys[field]
}
