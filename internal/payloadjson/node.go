package payloadjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// node is a JSON value with its parts.
type node struct {
	raw     []byte
	kind    byte // its first character; '0' for a number
	members []member
	items   []node
}

type member struct {
	name  string
	value node
}

// errDepth is JSON that is nested more deeply than any reader takes.
var errDepth = errors.New("it is nested too deeply")

// parse reads one JSON value of at most depth levels.
func parse(raw []byte, depth int) (node, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	p := parser{dec, raw}
	n, err := p.value(depth)
	if err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("it ends in the middle")
		}
		return node{}, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return node{}, errors.New("something follows behind it")
	}
	return n, nil
}

type parser struct {
	dec *json.Decoder
	raw []byte
}

func (p parser) value(depth int) (node, error) {
	if depth == 0 {
		return node{}, errDepth
	}
	from := p.dec.InputOffset()
	t, err := p.dec.Token()
	if err != nil {
		return node{}, err
	}
	n := node{}
	switch t := t.(type) {
	case json.Delim:
		n.kind = byte(t)
		for p.dec.More() {
			m := member{}
			if t == '{' {
				name, err := p.dec.Token()
				if err != nil {
					return node{}, err
				}
				m.name = fmt.Sprint(name)
			}
			if m.value, err = p.value(depth - 1); err != nil {
				return node{}, err
			}
			if t == '{' {
				n.members = append(n.members, m)
			} else {
				n.items = append(n.items, m.value)
			}
		}
		if _, err := p.dec.Token(); err != nil {
			return node{}, err
		}
	case string:
		n.kind = '"'
	case json.Number:
		n.kind = '0'
	case bool:
		n.kind = 't'
	default:
		n.kind = 'n'
	}
	// What stands before a value is not a part of it.
	n.raw = bytes.TrimLeft(p.raw[from:p.dec.InputOffset()], " \t\r\n,:")
	return n, nil
}

// what is the kind of a value in words.
func (n node) what() string {
	switch n.kind {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a text"
	case '0':
		return "a number"
	case 't':
		return "true or false"
	default:
		return "null"
	}
}
