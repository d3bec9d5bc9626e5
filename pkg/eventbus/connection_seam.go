package eventbus

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"github.com/eventcontracts/eventcontracts/internal/seam"
)

func init() {
	seam.FromEnv = func(get func(string) string) (any, []error) {
		e := environment{get: get, unread: map[string]bool{}}
		return e.connection(), e.problems
	}
	seam.CheckConnection = func(conn any, name func(string) string) []error {
		return conn.(Connection).security().problemsAs(name)
	}
	seam.Field = func(problem error) (string, error) {
		if p, ok := problem.(*fieldProblem); ok { //nolint:errorlint // one problem, not one of those in it
			return p.field, p.err
		}
		return "", problem
	}
	seam.Properties = func(conn any) map[string]string {
		m := kafka.ConfigMap{}
		conn.(Connection).security().apply(m)
		out := make(map[string]string, len(m))
		for key, value := range m {
			out[key] = fmt.Sprint(value)
		}
		return out
	}
	seam.Reach = func(ctx context.Context, conn any, name func(string) string) error {
		s := conn.(Connection).security()
		s.name = name
		raw, err := newRawProducer(rawConfig{security: s, logger: slog.New(slog.DiscardHandler)}, rawLimits{maxBytes: defaultMaxRecordBytes})
		if err != nil {
			return err
		}
		err = probeBrokers(ctx, raw.client, s, &raw.causes, func() {})
		_ = raw.close(time.Second) // nothing is outstanding
		return err
	}
	seam.Authenticate = func(ctx context.Context, conn, client any) (func(), error) {
		tokens := newTokens(conn.(Connection).SASL)
		if tokens == nil {
			return func() {}, nil
		}
		t, _, err := tokens.next(ctx)
		if err = giveToken(client.(tokenClient), t, err); err != nil {
			return nil, err
		}
		ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		done := make(chan struct{})
		go func() {
			defer close(done)
			// A failure comes back as an event of the client.
			tokens.serve(ctx, func(t Token, err error) { _ = giveToken(client.(tokenClient), t, err) })
		}()
		return func() {
			cancel()
			<-done
		}, nil
	}
}
