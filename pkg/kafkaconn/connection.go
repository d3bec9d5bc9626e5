package kafkaconn

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/config"
)

// ErrInvalid matches the error of a connection that cannot be used as it is set.
// It is eventbus.ErrConfig too.
var ErrInvalid = config.ErrInvalid

// Connection is how to reach a cluster. Brokers is required. It is a plain value:
// whoever is given one copies what it keeps.
type Connection struct {
	// Brokers are the cluster's first addresses, host:port.
	Brokers []string

	// Insecure allows plaintext to brokers outside this host, and passwords over
	// it. Defaults to false.
	Insecure bool

	// SASL authenticates the client. Defaults to none.
	SASL *SASL

	// TLS encrypts the connections. It is required for brokers outside this
	// host, unless Insecure. Defaults to none.
	TLS *TLS
}

// Clone is a copy that shares nothing with c that can be changed.
func (c Connection) Clone() Connection {
	c.Brokers = slices.Clone(c.Brokers)
	if c.TLS != nil {
		own := *c.TLS
		c.TLS = &own
	}
	if c.SASL != nil {
		c.SASL = c.SASL.clone()
	}
	return c
}

// naming turns the name of a field, such as "TLS.CAFile", into the one that the
// user has set: an environment variable's, where the values come from there.
type naming = func(field string) string

// Check returns an error that matches [ErrInvalid] and names every problem, or
// nil. It reads the files that c names, and connects to nothing.
func (c Connection) Check() error {
	return config.Join("connection", c.Problems(nil))
}

// Problems lists what is wrong, each by its field. A program that has the values
// from flags or a file of its own gives name: it turns "Brokers", "Insecure",
// "TLS", "TLS.CAFile", "SASL.Password", "SASL.OIDC.ClientID" and so on into what
// its user has set. With nil the fields' own names stay.
func (c Connection) Problems(name func(field string) string) []error {
	if name == nil {
		name = func(field string) string { return field }
	}
	var out []error
	if len(c.Brokers) == 0 {
		out = append(out, config.Problemf(name("Brokers"), "no broker: give at least one host:port"))
	}
	// A password may have commas, and then parts of it look like brokers: none is quoted.
	secret := hasUser(c.Brokers)
	if secret {
		out = append(out, config.Problemf(name("Brokers"), "a broker has a user or a password before an @: give host:port, and the user in %s", name("SASL.Username")))
	}
	for _, b := range c.Brokers {
		if secret {
			break
		}
		if err := checkBroker(b); err != nil {
			out = append(out, config.Problemf(name("Brokers"), "%w", err))
		} else if c.TLS == nil && !c.Insecure && !OnThisHost(b) {
			out = append(out, config.Problemf(name("Brokers"), "%s is not on this host: set %s, or %s to send plaintext", b, name("TLS"), name("Insecure")))
		}
	}
	if c.TLS != nil {
		out = append(out, c.TLS.problems(name)...)
	}
	if c.SASL != nil {
		out = append(out, c.SASL.problems(name)...)
	}
	return out
}

// Properties are the connection's properties of librdkafka, for a client of one's
// own: bootstrap.servers, security.protocol, ssl.* and sasl.*. They hold the
// secrets, and a kafka.ConfigMap prints them: keep it out of logs. With
// SASL.Token the client needs [Connection.Authenticate] too.
func (c Connection) Properties() kafka.ConfigMap {
	m := kafka.ConfigMap{"bootstrap.servers": strings.Join(c.Brokers, ",")}
	protocol := "plaintext"
	if c.TLS != nil {
		protocol = "ssl"
		c.TLS.apply(m)
	}
	if c.SASL != nil {
		protocol = "sasl_" + protocol
		c.SASL.apply(m)
	}
	m["security.protocol"] = protocol
	return m
}

// hasUser reports whether brokers are written as in a URL with credentials, as
// user:password@host, which no Kafka client reads.
func hasUser(brokers []string) bool {
	return slices.ContainsFunc(brokers, func(b string) bool { return strings.Contains(b, "@") })
}

// ShownBrokers are brokers as they may be printed: none of them if one has an @, before
// which somebody may have written a password.
func ShownBrokers(brokers []string) []string {
	if hasUser(brokers) {
		return []string{"(not shown: there is an @ in it)"}
	}
	return slices.Clone(brokers)
}

// checkBroker accepts host, host:port and [v6]:port. A list or a URL in one
// element could hide a broker from the check of what is on this host. It quotes the
// broker: hasUser has looked at it before.
func checkBroker(b string) error {
	switch {
	case b == "":
		return errors.New("a broker is empty")
	case strings.ContainsAny(b, ",;"):
		return fmt.Errorf("%q holds several brokers: give each its own element, with commas between them in a variable or a flag", b)
	case strings.Contains(b, "://"):
		return fmt.Errorf("%q has a scheme: give host:port", b)
	case strings.ContainsAny(b, " \t\r\n\x00/"):
		return fmt.Errorf("%q is not host:port", b)
	}
	if strings.HasPrefix(b, "[") {
		inside, rest, closed := strings.Cut(b[1:], "]")
		if _, err := netip.ParseAddr(inside); err != nil || !closed || !strings.Contains(inside, ":") || rest != "" && rest[0] != ':' {
			return fmt.Errorf("%q is not an IPv6 address in brackets: give it as [::1]:9092", b)
		}
		port, hasPort := strings.CutPrefix(rest, ":")
		return checkPort(b, port, hasPort)
	}
	// Where the address ends and the port begins nobody can tell, and clients differ.
	if strings.Count(b, ":") > 1 {
		if _, err := netip.ParseAddr(b); err == nil {
			return fmt.Errorf("%q is an IPv6 address without brackets: give it as [::1]:9092", b)
		}
		return fmt.Errorf("%q has several colons: give host:port", b)
	}
	host, port, hasPort := strings.Cut(b, ":")
	if !hostName.MatchString(host) {
		return fmt.Errorf("%q has no host name that can be one: give host:port", b)
	}
	return checkPort(b, port, hasPort)
}

// hostName is a name or an IPv4 address. Underscores are in names of containers.
var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$`)

// checkPort takes the port of a broker; without one clients take 9092.
func checkPort(broker, port string, given bool) error {
	switch n, err := strconv.ParseUint(port, 10, 16); {
	case !given:
		return nil
	case port == "":
		return fmt.Errorf("%q has no port", broker)
	case err != nil || n == 0:
		return fmt.Errorf("%q has no port from 1 to 65535", broker)
	}
	return nil
}

// OnThisHost reports whether a broker is one of this machine, by its address as it is
// written: no name is resolved but localhost.
func OnThisHost(b string) bool {
	host, _, err := net.SplitHostPort(b)
	if err != nil {
		host = b
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}
