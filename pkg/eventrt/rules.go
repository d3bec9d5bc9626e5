package eventrt

import (
	"cmp"
	"math"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// Rules about values. What Go says in as few words stands in generated code itself.

// MinLen is string.min_len, in characters.
func MinLen(s string, n int) bool {
	// A character has up to four bytes.
	return len(s) >= utf8.UTFMax*n || utf8.RuneCountInString(s) >= n
}

// MaxLen is string.max_len, in characters.
func MaxLen(s string, n int) bool { return len(s) <= n || utf8.RuneCountInString(s) <= n }

// Len is string.len, in characters.
func Len(s string, n int) bool { return utf8.RuneCountInString(s) == n }

// In is the rule in of any type.
func In[T comparable](v T, list ...T) bool {
	for _, one := range list {
		if v == one {
			return true
		}
	}
	return false
}

// Finite is the rule finite of float and double.
func Finite[T float32 | float64](v T) bool {
	return !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0)
}

// All reports whether each element of a list keeps its rules.
func All[T any](list []T, rule func(T) bool) bool {
	for _, v := range list {
		if !rule(v) {
			return false
		}
	}
	return true
}

// AllEntries reports whether each key and each value of a map keeps its rules, of which
// one may be nil.
func AllEntries[K comparable, V any](m map[K]V, key func(K) bool, value func(V) bool) bool {
	for k, v := range m {
		if key != nil && !key(k) || value != nil && !value(v) {
			return false
		}
	}
	return true
}

// fewItems is up to where comparing each element with those before it is cheaper than a
// map.
const fewItems = 16

// Unique is repeated.unique.
func Unique[T comparable](list []T) bool {
	if len(list) <= fewItems {
		for i, v := range list {
			if In(v, list[:i]...) {
				return false
			}
		}
		return true
	}
	seen := make(map[T]struct{}, len(list))
	for _, v := range list {
		seen[v] = struct{}{}
	}
	return len(seen) == len(list)
}

// IsTime reports whether a Timestamp is one that can be compared: its nanoseconds are part
// of a second.
func IsTime(t *timestamppb.Timestamp) bool { return 0 <= t.GetNanos() && t.GetNanos() <= 999_999_999 }

// CompareTime compares a Timestamp with one of a rule: -1, 0 or 1.
func CompareTime(t *timestamppb.Timestamp, seconds int64, nanos int32) int {
	return cmp.Or(cmp.Compare(t.GetSeconds(), seconds), cmp.Compare(t.GetNanos(), nanos))
}

// Defined is enum.defined_only.
func Defined(v int32, names map[int32]string) bool {
	_, ok := names[v]
	return ok
}
