// Package target says on which Kafka a program of the examples runs that creates
// topics and publishes. It is the embedded one, unless a variable of that program's
// own names another: KAFKA_BROKERS is exported in many shells, and names a cluster that people
// work on.
package target

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Environ is the environment that sends eventctl and services to brokers, and to no
// context of eventctl. How to connect to them stays as the environment says, unless
// they are embedded.
func Environ(brokers string, embedded bool) []string {
	environ := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "EVENTCTL_") || strings.HasPrefix(variable, "KAFKA_BROKERS=") ||
			embedded && strings.HasPrefix(variable, "KAFKA_")
	})
	return append(environ, "KAFKA_BROKERS="+brokers)
}

// Getenv is os.Getenv for an environment.
func Getenv(environ []string, name string) string {
	for _, variable := range slices.Backward(environ) {
		if key, value, _ := strings.Cut(variable, "="); key == name {
			return value
		}
	}
	return ""
}

// Hint is what to tell somebody who has KAFKA_BROKERS set, if variable is not; "" for
// everybody else.
func Hint(variable string) string {
	if os.Getenv("KAFKA_BROKERS") == "" || os.Getenv(variable) != "" {
		return ""
	}
	return fmt.Sprintf("KAFKA_BROKERS is not used: %s=host:9092 names a cluster to write to", variable)
}

// CheckNew refuses a cluster that has any of the topics already: somebody's records
// may be in them, and somebody's service may read them. plan is what
// eventctl topics apply --dry-run --json prints.
func CheckNew(plan []byte) error {
	var topics []struct{ Name, Action string }
	if err := json.Unmarshal(plan, &topics); err != nil {
		return fmt.Errorf("eventctl topics apply --dry-run: %w", err)
	}
	var there []string
	for _, t := range topics {
		if t.Action != "create" {
			there = append(there, t.Name)
		}
	}
	const shown = 3
	switch n := len(there); {
	case n == 0:
		return nil
	case n > shown:
		there = append(there[:shown], fmt.Sprintf("%d more", n-shown))
	}
	return fmt.Errorf("the cluster has topics of these names already, and they may be in use: %s. Nothing was written: "+
		"name a cluster that has none of them, or delete them first if they are left from an earlier run", strings.Join(there, ", "))
}
