// Package valueset says which values the buf.validate rules of a field accept, as a
// set, and whether every value of one set is in another. It is what the compatibility
// gate stands on: an old writer's set has to be inside a new reader's, and a new
// writer's inside an old reader's.
//
// An answer is "yes" only where it is proved from what the rules are known to mean.
// Whatever is not proved is a [Gap], with values that may show that the answer is
// "no": whoever holds both validators asks them. A rule that this package cannot
// reason about (a pattern, an expression, a rule of a newer protovalidate) is known by
// its text alone, and proves nothing but itself.
//
// It evaluates no rule and knows neither events nor versions. The table of rule kinds
// in table.go is its heart; every rule kind of validate.proto is in it.
package valueset
