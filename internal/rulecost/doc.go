// Package rulecost says which rules in CEL no record should be asked about: those that
// cost more than the payload is long, and those whose answer depends on the clock. A
// record comes from anywhere, and its rules are evaluated before anything is known of
// it: a list of 1,000 elements that a rule compares with each other takes seconds, and
// nothing in protovalidate ends it. And it is read more than once: a time that had to
// be in the future when it was written no longer is when the record is read again.
//
// It asks CEL's own cost estimator, and knows neither registries nor contracts.
// Whether a rule compiles, and what its answer is, is for protovalidate.
package rulecost
