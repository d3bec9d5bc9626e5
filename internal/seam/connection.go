package seam

import "context"

// What eventctl shares with the bus, so that both read, check and explain a
// connection in the same way. A conn is an eventbus.Connection, a client one of
// the Kafka clients, and name turns "TLS.CAFile" and the like into what the user
// has set. Package eventbus sets them.
var (
	// FromEnv is eventbus.ConfigFromEnv without the checks.
	FromEnv func(get func(string) string) (conn any, problems []error)

	// CheckConnection lists what is wrong.
	CheckConnection func(conn any, name func(string) string) []error

	// Field takes a problem of a configuration apart: the field's name, "" if it
	// is about none, and what is wrong with it.
	Field func(problem error) (field string, cause error)

	// Properties are librdkafka's, secrets included.
	Properties func(conn any) map[string]string

	// Reach waits for a broker's answer, which needs a ctx with a deadline, and
	// says why none comes.
	Reach func(ctx context.Context, conn any, name func(string) string) error

	// Authenticate gives a client its first token, if it needs one, and further
	// ones until stop is called, before the client's Close.
	Authenticate func(ctx context.Context, conn, client any) (stop func(), err error)
)
