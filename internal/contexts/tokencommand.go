package contexts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// tokenOutputDelay is how long a token command's output is waited for when it
// has ended, or was ended: a process that it started may hold it open for ever.
const tokenOutputDelay = time.Second

// maxTokenOutput bounds what a token command may print. A JWT has a few kilobytes.
const maxTokenOutput = 64 << 10

// tokenCommand gets tokens from a program's output, which is shown nowhere. It
// may tell the user something on stderr, such as where to log in, but has no
// input: that may be the payloads of publish.
func tokenCommand(args []string, stderr io.Writer) func(context.Context) (kafkaconn.Token, error) {
	return func(ctx context.Context) (kafkaconn.Token, error) {
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.WaitDelay = tokenOutputDelay
		var stdout output
		cmd.Stdout, cmd.Stderr = &stdout, stderr
		err := cmd.Run()
		switch {
		case stdout.full:
			return kafkaconn.Token{}, fmt.Errorf("the output of %s has more than %d bytes", args[0], maxTokenOutput)
		case err == nil, errors.Is(err, exec.ErrWaitDelay): // the program itself succeeded
		case errors.Is(ctx.Err(), context.DeadlineExceeded):
			return kafkaconn.Token{}, fmt.Errorf("%s has not ended in time: --timeout gives more to the first token", args[0])
		case ctx.Err() != nil:
			return kafkaconn.Token{}, ctx.Err()
		case errors.As(err, new(*exec.ExitError)):
			return kafkaconn.Token{}, fmt.Errorf("%s: %w", args[0], err)
		default: // it names the program
			return kafkaconn.Token{}, err
		}
		t, err := kafkaconn.ParseToken(string(stdout.text))
		if err == nil && !t.Expires.After(time.Now()) {
			err = errors.New("the token has expired")
		}
		if err != nil {
			return kafkaconn.Token{}, fmt.Errorf("the output of %s: %w", args[0], err)
		}
		return t, nil
	}
}

// output is what a program prints, up to maxTokenOutput. What is more is an error, which
// ends the program's writing.
type output struct {
	text []byte
	full bool
}

func (o *output) Write(b []byte) (int, error) {
	if len(o.text)+len(b) > maxTokenOutput {
		o.full = true
		return 0, io.ErrShortBuffer
	}
	o.text = append(o.text, b...)
	return len(b), nil
}

// shared gives all clients of a command one token until four fifths of its life
// are over, which is when each asks for a new one. A Cluster shares tokens among its
// clients, but a command has more: the first token is asked for before there is a
// client, with more time than a client gives it, and publish's producer has a Cluster
// of its own. A person who logs in for a token does so once.
func shared(get func(context.Context) (kafkaconn.Token, error)) func(context.Context) (kafkaconn.Token, error) {
	turn := make(chan struct{}, 1)
	var (
		held  kafkaconn.Token
		renew time.Time
	)
	return func(ctx context.Context) (kafkaconn.Token, error) {
		select {
		case turn <- struct{}{}:
			defer func() { <-turn }()
		case <-ctx.Done():
			return kafkaconn.Token{}, ctx.Err()
		}
		if time.Now().Before(renew) {
			return held, nil
		}
		t, err := get(ctx)
		if err != nil {
			return kafkaconn.Token{}, err
		}
		now := time.Now()
		held, renew = t, now.Add(t.Expires.Sub(now)*4/5)
		return t, nil
	}
}
