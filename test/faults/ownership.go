package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/account"
)

// logger logs to out, and journals what a consumer logs of its partitions: nothing
// else tells of them.
func logger(out io.Writer, j *journal) *slog.Logger {
	return slog.New(&ownership{slog.NewTextHandler(out, nil), j})
}

type ownership struct {
	slog.Handler

	journal *journal // nil: of a producer
}

func (o *ownership) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &ownership{o.Handler.WithAttrs(attrs), o.journal}
}

func (o *ownership) WithGroup(name string) slog.Handler {
	return &ownership{o.Handler.WithGroup(name), o.journal}
}

func (o *ownership) Handle(ctx context.Context, r slog.Record) error {
	kind := account.Kind("")
	switch {
	case o.journal == nil:
	case r.Message == "partitions assigned":
		kind = account.Assigned
	case r.Message == "partitions revoked":
		kind = account.Revoked
	}
	if kind != "" {
		var partitions []string
		r.Attrs(func(a slog.Attr) bool {
			switch list, _ := a.Value.Any().([]string); {
			case a.Key == "partitions":
				partitions = list
			case a.Key == "lost" && a.Value.Bool():
				kind = account.Lost
			}
			return true
		})
		for _, p := range partitions {
			topic, number, _ := strings.Cut(p, "/")
			n, err := strconv.ParseInt(number, 10, 32)
			if err != nil {
				fmt.Fprintf(os.Stderr, "faults: the log names partition %q: %v\n", p, err)
				os.Exit(2)
			}
			o.journal.write(account.Entry{Kind: kind, Position: position(topic, int32(n), 0)})
		}
	}
	return o.Handler.Handle(ctx, r)
}
