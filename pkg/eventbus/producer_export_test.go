package eventbus

// ConsumerConfigProblems lets the tests of both halves check the consumer's
// rules for Config without a broker.
var ConsumerConfigProblems = consumerConfigProblems
