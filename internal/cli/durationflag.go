package cli

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// longUnits are the units that people think of topics in, and Go's durations lack.
var longUnits = regexp.MustCompile(`([0-9]+)([dw])`)

// parseDuration reads a duration such as 90m, 1d or 1d12h. A day has 24 hours.
func parseDuration(s string) (time.Duration, error) {
	whole := true
	hours := longUnits.ReplaceAllStringFunc(s, func(part string) string {
		n, err := strconv.ParseInt(part[:len(part)-1], 10, 64)
		factor := int64(24)
		if part[len(part)-1] == 'w' {
			factor *= 7
		}
		if err != nil || n > math.MaxInt64/factor {
			whole = false
			return part
		}
		return strconv.FormatInt(n*factor, 10) + "h"
	})
	d, err := time.ParseDuration(hours)
	if err != nil || !whole {
		return 0, fmt.Errorf("%q is not a duration such as 10s, 90m or 1d", s)
	}
	return d, nil
}

// durationFlag is a duration on the command line.
type durationFlag time.Duration

func (d *durationFlag) Set(s string) error {
	v, err := parseDuration(s)
	*d = durationFlag(v)
	return err
}

// Type is what flagProblem knows durations by.
func (d *durationFlag) Type() string { return "duration" }

// String is the value as it would be typed.
func (d *durationFlag) String() string {
	v := time.Duration(*d)
	if v != 0 && v%(24*time.Hour) == 0 {
		return fmt.Sprintf("%dd", v/(24*time.Hour))
	}
	s := v.String() // 1h0m0s
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

// durationVar adds a flag that takes a duration.
func durationVar(f *pflag.FlagSet, into *time.Duration, name string, value time.Duration, usage string) {
	*into = value
	f.Var((*durationFlag)(into), name, usage)
}
