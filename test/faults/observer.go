package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/eventcontracts/eventcontracts/internal/account"
)

// observer reads what goes over a broker's connections, and journals commits and
// writes to dead-letter topics: an answer before it goes on to the client, so that
// whatever the client does because of it comes later.
type observer struct {
	net.Listener

	journal     *journal
	letterDelay time.Duration
}

func (o *observer) Accept() (net.Conn, error) {
	c, err := o.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &observed{Conn: c, o: o, asked: map[int32]question{}}, nil
}

// observed is one connection.
type observed struct {
	net.Conn

	o       *observer
	in, out frames

	mu    sync.Mutex
	asked map[int32]question // by correlation id
}

// question is a request without an answer yet.
type question struct {
	kmsg.Request

	since int64
}

func (c *observed) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.in.add(b[:n], c.request)
	return n, err
}

func (c *observed) Write(b []byte) (int, error) {
	c.out.add(b, c.answer)
	return c.Conn.Write(b)
}

// Close says of what was never answered that it was not.
func (c *observed) Close() error {
	c.mu.Lock()
	for corr, q := range c.asked {
		delete(c.asked, corr)
		c.note(q, nil)
	}
	c.mu.Unlock()
	return c.Conn.Close()
}

// request takes a request without its size (Kafka protocol guide, request header).
func (c *observed) request(b []byte) {
	r := kbin.Reader{Src: b}
	key, version, corr := r.Int16(), r.Int16(), r.Int32()
	if key != int16(kmsg.OffsetCommit) && key != int16(kmsg.Produce) {
		return
	}
	r.NullableString() // the client's id
	req := kmsg.RequestForKey(key)
	req.SetVersion(version)
	if req.IsFlexible() {
		kmsg.SkipTags(&r)
	}
	// A batch is not copied by ReadFrom, and b is used again.
	if err := req.ReadFrom(bytes.Clone(r.Src)); err != nil {
		c.blind("a request", key, version, err)
	}
	q := question{req, account.Now()}
	if p, ok := req.(*kmsg.ProduceRequest); ok {
		if !hasLetters(p) {
			return
		}
		time.Sleep(c.o.letterDelay)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked[corr] = q
}

func hasLetters(p *kmsg.ProduceRequest) bool {
	for _, t := range p.Topics {
		if isLetters(t.Topic) || t.Topic == "" { // by its id alone, which note refuses
			return true
		}
	}
	return false
}

func isLetters(topic string) bool { return strings.HasSuffix(topic, ".dlq") }

// answer takes an answer without its size.
func (c *observed) answer(b []byte) {
	r := kbin.Reader{Src: b}
	corr := r.Int32()
	c.mu.Lock()
	defer c.mu.Unlock()
	q, ok := c.asked[corr]
	if !ok {
		return
	}
	delete(c.asked, corr)
	resp := q.ResponseKind()
	resp.SetVersion(q.GetVersion())
	if resp.IsFlexible() {
		kmsg.SkipTags(&r)
	}
	if err := resp.ReadFrom(r.Src); err != nil {
		c.blind("an answer", q.Key(), q.GetVersion(), err)
	}
	c.note(q, resp)
}

// blind ends the broker: what it lets pass from here on nobody would see.
func (c *observed) blind(what string, key, version int16, err error) {
	fmt.Fprintf(os.Stderr, "faults: %s of key %d, version %d cannot be read: %v\n", what, key, version, err)
	os.Exit(2)
}

// note journals a request and its answer, or that there was none.
func (c *observed) note(q question, resp kmsg.Response) {
	switch req := q.Request.(type) {
	case *kmsg.OffsetCommitRequest:
		for i, t := range req.Topics {
			for j, p := range t.Partitions {
				e := account.Entry{Kind: account.Committed, Group: req.Group, Member: req.MemberID, Since: q.since, Code: account.NoAnswer, Position: position(t.Topic, p.Partition, p.Offset)}
				if resp, ok := resp.(*kmsg.OffsetCommitResponse); ok {
					e.Code = resp.Topics[i].Partitions[j].ErrorCode
				}
				c.o.journal.write(e)
			}
		}
	case *kmsg.ProduceRequest:
		for _, t := range req.Topics {
			if t.Topic == "" {
				c.blind("a topic id in a request", q.Key(), q.GetVersion(), fmt.Errorf("topic ids are not looked up"))
			}
			if !isLetters(t.Topic) {
				continue
			}
			for _, p := range t.Partitions {
				e := account.Entry{Kind: account.Written, Since: q.since, Code: account.NoAnswer, Count: recordsIn(p.Records), Position: position(t.Topic, p.Partition, -1)}
				if resp, ok := resp.(*kmsg.ProduceResponse); ok {
					e.Offset, e.Code = writtenAt(resp, t.Topic, p.Partition)
				}
				c.o.journal.write(e)
			}
		}
	}
}

func writtenAt(resp *kmsg.ProduceResponse, topic string, partition int32) (offset int64, code int16) {
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if t.Topic == topic && p.Partition == partition {
				return p.BaseOffset, p.ErrorCode
			}
		}
	}
	return -1, account.NoAnswer
}

// recordsIn is how many records a batch has: 57 bytes into it (Kafka documentation,
// record batch, format 2).
func recordsIn(batch []byte) int {
	const at = 57
	if len(batch) < at+4 {
		return 0
	}
	return int(binary.BigEndian.Uint32(batch[at:]))
}

func position(topic string, partition int32, offset int64) account.Position {
	return account.Position{TopicPartition: account.TopicPartition{Topic: topic, Partition: partition}, Offset: offset}
}

// frames cuts a stream into messages, each behind its size in four bytes.
type frames struct{ rest []byte }

func (f *frames) add(b []byte, each func([]byte)) {
	f.rest = append(f.rest, b...)
	used := 0
	for len(f.rest)-used >= 4 {
		end := used + 4 + int(binary.BigEndian.Uint32(f.rest[used:]))
		if len(f.rest) < end {
			break
		}
		each(f.rest[used+4 : end])
		used = end
	}
	f.rest = append(f.rest[:0], f.rest[used:]...)
}
