// Package compat compares two states of a repository's contracts and says what a change
// would break: which reader that is deployed would refuse or misread what writers write
// now, and which retained record today's reader would. It also says what is wrong with
// one state alone (lint). The compatibility gate, buf's plugin and eventctl ask it.
//
// It takes loaded descriptors and knows no git, no buf and no Kafka: whoever calls it
// knows what the old state is, and how long it counts. What values rules accept is for
// internal/valueset; whether a value is accepted in the end, protovalidate is asked.
// What records do not depend on, such as Go packages and files, is for buf's own rules.
package compat
