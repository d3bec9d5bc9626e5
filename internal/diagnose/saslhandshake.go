package diagnose

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
)

// errNoMechanism is Kafka's UNSUPPORTED_SASL_MECHANISM.
const errNoMechanism = 33

// needsSASL asks a broker, over a connection as the client has it, whether it
// wants SASL: one that does answers the offer of an empty mechanism with those
// that it knows, and closes a connection on which nothing is offered without a
// word.
func needsSASL(conn net.Conn) (mechanisms []string, needs bool) {
	// SaslHandshake, version 1 (KIP-43, KIP-152): length, API key, version,
	// correlation id, no client id, and the mechanism "".
	request := binary.BigEndian.AppendUint32(nil, 12)
	for _, n := range []uint16{17, 1, 0, 1, 0xffff, 0} {
		request = binary.BigEndian.AppendUint16(request, n)
	}
	if _, err := conn.Write(request); err != nil {
		return nil, false
	}
	r := answer{r: io.LimitReader(conn, 4096)}
	r.skip(8) // length, correlation id
	if code := r.int16(); code != errNoMechanism {
		return nil, false
	}
	r.skip(2) // the count's upper half
	for range r.int16() {
		mechanisms = append(mechanisms, r.text())
	}
	return mechanisms, r.err == nil
}

// answer reads a response, which comes from whoever listens there.
type answer struct {
	r   io.Reader
	err error
}

func (a *answer) bytes(n int) []byte {
	b := make([]byte, n)
	if a.err == nil {
		_, a.err = io.ReadFull(a.r, b)
	}
	return b
}

func (a *answer) skip(n int) { a.bytes(n) }

// int16 is at most 255: nothing in this answer is larger.
func (a *answer) int16() int {
	n := binary.BigEndian.Uint16(a.bytes(2))
	if n > 255 && a.err == nil {
		a.err = errors.New("not an answer of a broker")
	}
	if a.err != nil {
		return 0
	}
	return int(n)
}

func (a *answer) text() string { return string(a.bytes(a.int16())) }

// unasked says that a broker wants SASL of a client without it.
func (c Client) unasked(conn net.Conn, broker string) error {
	if c.Mechanism != "" {
		return nil
	}
	mechanisms, needs := needsSASL(conn)
	if !needs {
		return nil
	}
	return fmt.Errorf("%s: broker %s asks for SASL, and the client does not offer it: give credentials for one of %s", c.Name("SASL"), broker, strings.Join(mechanisms, ", "))
}
