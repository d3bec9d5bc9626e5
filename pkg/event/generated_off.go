//go:build reference

package event

// referenceOnly switches generated code off.
const referenceOnly = true
