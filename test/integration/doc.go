// Package integration holds the promises of package eventbus as tests against a
// broker, one or more for each rule, named for it. By default each test has an
// embedded broker; with the build tag kafka (make test-kafka) the same tests run
// on Apache Kafka, and further ones on three nodes.
package integration
