package topicname

import (
	"errors"
	"fmt"
	"strings"
)

// Max is the longest name that Kafka takes, in bytes: it names a partition's
// directory NAME-PARTITION, and file systems end a name at 255 bytes. Far above
// it, at 512, the C client does not return an error but aborts the process.
const Max = 249

// Check returns what Kafka would refuse about a topic's name (the rules are
// those of org.apache.kafka.common.internals.Topic), so that the client never
// sees such a name. Names that are too long are cut in the error's text.
func Check(name string) error {
	switch {
	case name == "":
		return errors.New("the topic has no name")
	case len(name) > Max:
		return fmt.Errorf("topic %.32q… is longer than %d characters", name, Max)
	case name == "." || name == "..":
		return fmt.Errorf("topic %q is a reserved name", name)
	case !HasOnlyAllowed(name):
		return fmt.Errorf("topic %.64q has characters other than letters, digits, '.', '_' and '-'", name)
	}
	return nil
}

// Valid reports whether Kafka takes name for a topic. It is [Check] for callers
// who have an error of their own.
func Valid(name string) bool { return Check(name) == nil }

// HasOnlyAllowed reports whether s is not empty and has only the characters that
// Kafka allows in a topic's name: ASCII letters and digits, '.', '_' and '-'.
//
// Kafka lets a consumer group have any name, and a header too. Here both are
// held to the same characters: a group's name becomes part of the names of its
// dead-letter topics, and a header's is printed in logs and on terminals.
func HasOnlyAllowed(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return s != ""
}

// CollisionKey is equal for two names that differ only in '.' and '_'. Kafka
// refuses to create the second topic of such a pair: it replaces '.' by '_' in
// the names of its metrics, where the two would be one.
func CollisionKey(name string) string { return strings.ReplaceAll(name, ".", "_") }
