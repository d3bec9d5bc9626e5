package eventbus

import (
	"errors"
	"fmt"
)

// maxTopicName is Kafka's limit, in bytes. (The client panics above 512.)
const maxTopicName = 249

// checkTopicName refuses what Kafka refuses, before the client sees it.
func checkTopicName(name string) error {
	switch {
	case name == "":
		return errors.New("the topic has no name")
	case len(name) > maxTopicName:
		return fmt.Errorf("topic %.32q… is longer than %d characters", name, maxTopicName)
	case name == "." || name == "..":
		return fmt.Errorf("topic %q is a reserved name", name)
	case !kafkaName(name):
		return fmt.Errorf("topic %.64q has characters other than letters, digits, '.', '_' and '-'", name)
	}
	return nil
}

// kafkaName reports whether s is made of the characters that Kafka allows in
// names of topics, and that we allow in names of groups.
func kafkaName(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return s != ""
}

// missingTopic says what to do about a topic that does not exist.
func missingTopic(name string) error {
	return fmt.Errorf("topic %q does not exist: create it with eventctl topics apply", name)
}
