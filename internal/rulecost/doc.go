// Package rulecost says whether a rule in CEL costs more than the payload that it is
// asked about is long. A record comes from anywhere, and its rules are evaluated
// before anything is known of it: a list of 1,000 elements that a rule compares with
// each other takes seconds, and nothing in protovalidate ends it.
//
// It asks CEL's own cost estimator, and knows neither registries nor contracts.
// Whether a rule compiles, and what its answer is, is for protovalidate.
package rulecost
