package integration_test

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/eventcontracts/eventcontracts/pkg/eventbus"
)

func TestAConsumerIsNotReadyWhileNoBrokerAnswers(t *testing.T) {
	t.Parallel()
	b := startFaulty(t)
	var down atomic.Bool
	for _, key := range []kmsg.Key{kmsg.Metadata, kmsg.Fetch, kmsg.Heartbeat, kmsg.ApiVersions} {
		b.fake.Cluster().ControlKey(int16(key), func(kmsg.Request) (kmsg.Response, error, bool) {
			b.fake.Cluster().KeepControl()
			if down.Load() {
				return nil, errors.New("down"), true // the connection is closed
			}
			return nil, nil, false
		})
	}
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{Handlers: []eventbus.Handler{j.handler()}})
	eventually(t, "ready", func() bool { return r.Health().Ready })
	down.Store(true)
	eventually(t, "not ready", func() bool { return has(r.Health(), eventbus.HealthUnreachable) })
	if h := r.Health(); h.Ready || !h.Live {
		t.Errorf("health %+v", h)
	}
	down.Store(false)
	eventually(t, "ready again", func() bool { return r.Health().Ready })
	write(t, b.cluster, 1, "after")
	eventually(t, "handled", func() bool { return j.len() == 1 })
}

func TestAConsumerIsNotReadyWithoutTheRightToRead(t *testing.T) {
	t.Parallel()
	b := startFaulty(t)
	var denied atomic.Bool
	b.fake.Cluster().ControlKey(int16(kmsg.Metadata), func(req kmsg.Request) (kmsg.Response, error, bool) {
		b.fake.Cluster().KeepControl()
		r := req.(*kmsg.MetadataRequest)
		if !denied.Load() || len(r.Topics) == 0 {
			return nil, nil, false
		}
		resp := r.ResponseKind().(*kmsg.MetadataResponse)
		for _, topic := range r.Topics {
			rt := kmsg.NewMetadataResponseTopic()
			rt.Topic, rt.TopicID, rt.ErrorCode = topic.Topic, topic.TopicID, kerr.TopicAuthorizationFailed.Code
			resp.Topics = append(resp.Topics, rt)
		}
		return resp, nil, true
	})
	var j journal
	r := consume(t, b, eventbus.ConsumerConfig{
		Config:   map[string]string{"topic.metadata.refresh.interval.ms": "1000"},
		Handlers: []eventbus.Handler{j.handler()},
	})
	eventually(t, "ready", func() bool { return r.Health().Ready })
	denied.Store(true)
	eventually(t, "not ready", func() bool { return has(r.Health(), eventbus.HealthDenied) })
	if h := r.Health(); h.Ready || !h.Live {
		t.Errorf("health %+v", h)
	}
	denied.Store(false)
	eventually(t, "ready again", func() bool { return r.Health().Ready })
}
