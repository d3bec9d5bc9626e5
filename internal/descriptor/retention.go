package descriptor

import (
	"fmt"
	"strconv"
	"time"
)

// maxDays keeps a duration, in nanoseconds here and in milliseconds in Kafka,
// below the limit of int64, at 292 years. Who means more means "unlimited".
const maxDays = 36500

var units = map[string]time.Duration{
	"ms": time.Millisecond, "s": time.Second, "m": time.Minute,
	"h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
}

// Unlimited is the retention of records that are never deleted for their age.
const Unlimited = time.Duration(-1)

// Retention reads a duration of (topic): a whole number and a unit, or "unlimited".
// time.ParseDuration knows no days, in which retention is counted, and takes
// fractions, which Kafka does not.
func Retention(s string) (time.Duration, error) {
	if s == "unlimited" {
		return Unlimited, nil
	}
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	n, err := strconv.ParseInt(s[:i], 10, 64)
	unit, ok := units[s[i:]]
	if err != nil || !ok || n <= 0 {
		return 0, fmt.Errorf("%.40q is not a duration", s)
	}
	if n > int64(maxDays*24*time.Hour/unit) {
		return 0, fmt.Errorf("%.40q is more than %d days", s, maxDays)
	}
	return time.Duration(n) * unit, nil
}

// BrokerMaxBytes is Kafka's own default of max.message.bytes, which a topic has that does
// not say max_bytes.
const BrokerMaxBytes = 1048588
