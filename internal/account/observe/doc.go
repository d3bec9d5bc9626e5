// Package observe looks at a cluster for an account: at what topics hold, where
// they end, and what groups have committed.
//
// It uses librdkafka directly and nothing of the bus, joins no group and commits
// nothing. Suites that would rather read with another client do so, and put the
// same [account.Record] together.
package observe
