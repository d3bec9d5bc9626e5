package contexts

// Context says how to reach one cluster.
type Context struct {
	Brokers  []string `yaml:"brokers"`
	Insecure bool     `yaml:"insecure"`
	TLS      *TLS     `yaml:"tls"`
	SASL     *SASL    `yaml:"sasl"`
}

// TLS are PEM files. Relative ones are beside the file of contexts.
type TLS struct {
	CA   string `yaml:"ca"   json:"ca,omitempty"`
	Cert string `yaml:"cert" json:"cert,omitempty"`
	Key  string `yaml:"key"  json:"key,omitempty"`
}

// SASL says who the client is, and where its secrets are: each in a variable or in a
// file, tokens also from a command or an identity provider.
type SASL struct {
	Mechanism    string   `yaml:"mechanism"`
	User         string   `yaml:"user"`
	PasswordEnv  string   `yaml:"password_env"`
	PasswordFile string   `yaml:"password_file"`
	TokenEnv     string   `yaml:"token_env"`
	TokenFile    string   `yaml:"token_file"`
	TokenCommand []string `yaml:"token_command"`
	OIDC         *OIDC    `yaml:"oidc"`
}

// OIDC is the identity provider that gives tokens.
type OIDC struct {
	Endpoint         string            `yaml:"endpoint"`
	ClientID         string            `yaml:"client_id"`
	ClientSecretEnv  string            `yaml:"client_secret_env"`
	ClientSecretFile string            `yaml:"client_secret_file"`
	Scope            string            `yaml:"scope"`
	CA               string            `yaml:"ca"`
	Extensions       map[string]string `yaml:"extensions"`
}
