package eventbus

// Health tells whether the producer can do its work: it is not ready while its Kafka
// client has failed for good and the one that replaces it has not written an event yet
// (HealthFatal), and after Close has been called (HealthNotRunning). It is always live: a new
// process would bring the next client no sooner. It asks nothing of the cluster: a broker
// that is away shows in the outcomes of publishes, and in Stats.
//
// It is safe for concurrent use, and cheap.
func (p *Producer) Health() Health {
	h := Health{Live: true}
	if p.closed.Load() {
		h.Reasons = append(h.Reasons, HealthReason{Code: HealthNotRunning, Detail: "the producer is closed"})
	} else if err := p.client.Failure(); err != nil {
		h.Reasons = append(h.Reasons, HealthReason{Code: HealthFatal, Detail: err.Error()})
	}
	h.Ready = len(h.Reasons) == 0
	return h
}
