package eventbus

// ConsumerConfigProblems and ProducerConfigProblems let the tests of both halves
// check the rules for Config without a broker.
var (
	ConsumerConfigProblems = consumerConfigProblems
	ProducerConfigProblems = producerConfigProblems
)
