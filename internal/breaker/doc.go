// Package breaker decides when calls that mostly fail are to wait: what they depend on is
// taken to be away, and each further call would only use up one of a record's attempts.
//
// A [Breaker] is closed at first: every call may begin. Once enough of them have failed,
// for enough keys, it opens: calls wait, but for one at a time that probes. A probe that
// succeeds closes it, and all that waited go on; after one that fails the next comes later.
//
// It knows neither records nor handlers, and all its time comes from package time, so that
// testing/synctest can drive it.
package breaker
