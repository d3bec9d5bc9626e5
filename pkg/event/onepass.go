package event

import (
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/eventcontracts/eventcontracts/internal/headername"
	"github.com/eventcontracts/eventcontracts/pkg/eventrt"
)

// onePass is a record whose metadata stands before its payload, as producers of these
// contracts write it, and whose payload has generated code: both are read in one pass
// over the bytes. Everything else, and every mistake, is for head and wire, which see the
// whole record before they decide what it is.
type onePass struct {
	md  Metadata
	msg proto.Message

	d      *eventrt.Decoder
	came   progress // with the payload, if read is false
	over   bool     // it is of a contract that is not to be decoded, and has been looked over
	format Format   // then
	has    [numNames]bool
	at     [numNames]span // of metadata, in the record's value
	lo     int            // where the first of them begins, and
	hi     int            // where the last one ends
}

// progress is how far generated code came with a payload that it has not read.
type progress uint8

const (
	untried progress = iota
	unsure           // it would be so again
	spent            // it wants more memory than what may be wrong at its end is worth
)

// progressOf is how far d came.
func progressOf(d *eventrt.Decoder) progress {
	if d.Spent() {
		return spent
	}
	return unsure
}

// span is a text between its quotes; end is 0 if it is not there.
type span struct{ start, end int }

// read reads a record of one of the contracts that way says to decode, or of any without it.
// It is false if the reference has to read it.
func (p *onePass) read(r *Registry, rec Record, way func(*Contract) direction) bool {
	structured := false
	for _, h := range rec.Headers {
		switch h.Key {
		case headername.ContentType:
			structured = isCloudEvents(string(h.Value))
		case headername.CloudEventsPrefix + "specversion":
			return false
		}
	}
	p.d, _ = decoders.Get().(*eventrt.Decoder)
	ok := p.value(r, rec, structured, way)
	p.d.Reset(nil, 0, 0, false) // it keeps no record alive
	decoders.Put(p.d)
	p.d = nil
	return ok
}

func (p *onePass) value(r *Registry, rec Record, structured bool, way func(*Contract) direction) bool {
	d, memory := p.d, readAtOnce(len(rec.Value))
	d.Reset(rec.Value, 0, memory, false)
	var extra [2]bool // attributes of CloudEvents that say nothing to us
	if !d.Object() {
		return false
	}
	for {
		before := d.At()
		key := d.Name()
		if !d.Sure() { // such as the end of the object behind a comma
			return false
		}
		n := nameOf(key)
		ce := p.at[specversion].end > 0
		switch {
		case n == ceDataBase64:
			return false
		case n == data:
			return p.payload(r, rec, structured, way, false)
		case ce && n == other:
			i := 0
			switch string(key) {
			case "datacontenttype":
			case "partitionkey":
				i = 1
			default:
				return false
			}
			if _, ok := d.PlainText(); !ok || extra[i] {
				return false
			}
			extra[i] = true
		case n == other || n > specversion && !ce:
			d.Reset(rec.Value, before, memory, true)
			d.Inside(reservedName)
			return p.payload(r, rec, structured, way, true)
		default:
			if !p.text(n) {
				return false
			}
		}
		if !d.More() {
			return false
		}
	}
}

// reservedName reports whether a member of a flat record's object is not of the payload.
func reservedName(name []byte) bool { return isMetadata(nameOf(name)) }

// text reads a piece of metadata, of one to maxText bytes, or null.
func (p *onePass) text(n name) bool {
	if p.has[n] {
		return false
	}
	p.has[n] = true
	if p.d.Null() {
		return n < specversion // as if it were not there; by the others formats are told apart
	}
	s, ok := p.d.PlainText()
	if !ok || len(s) == 0 || len(s) > maxText {
		return false
	}
	end := p.d.At() - 1
	p.at[n] = span{end - len(s), end}
	if p.hi == 0 {
		p.lo = end - len(s)
	}
	p.hi = end
	return true
}

// payload finds the contract by the metadata, and reads the rest of the record.
func (p *onePass) payload(r *Registry, rec Record, structured bool, way func(*Contract) direction, flat bool) bool {
	n, ce := &ourNames, p.at[specversion].end > 0
	if ce {
		n = &ceNames
	}
	in := func(n name) []byte { return rec.Value[p.at[n].start:p.at[n].end] }
	if p.hi-p.lo > maxShared || ce && (flat || string(in(specversion)) != "1.0" || p.at[source].end == 0) || structured && !ce {
		return false
	}
	if ce == (p.at[eventType].end > 0) || p.at[n.typ].end == 0 || p.at[n.id].end == 0 || p.at[n.version].end == 0 || p.at[n.time].end == 0 {
		return false
	}
	c := p.contract(r, rec.Topic, in(n.typ), in(n.version))
	to := decoded
	if c != nil && way != nil {
		to = way(c)
	}
	if c == nil || to == converted {
		return false
	}
	g := c.codec.generated()
	if g == nil {
		return false
	}
	seconds, nanos, ok := eventrt.ParseTime(in(n.time), flat)
	if !ok {
		return false
	}
	head := string(rec.Value[p.lo:p.hi]) // one text that they share: see wire.share
	text := func(n name) string {
		if s := p.at[n]; s.end > 0 {
			return head[s.start-p.lo : s.end-p.lo]
		}
		return ""
	}
	p.md = Metadata{
		ID: text(n.id), Type: text(n.typ), Version: text(n.version), Time: time.Unix(seconds, int64(nanos/1000*1000)).UTC(),
		CorrelationID: text(n.correlation), CausationID: text(n.causation), Source: text(source),
	}
	if !ce && !eventrt.IsUUID(p.md.ID) {
		return false
	}
	if to == passed {
		switch {
		case ce:
			p.format = FormatCloudEvents
		case flat:
			p.format = FormatFlat
		default:
			p.format = FormatEnvelope
		}
		p.over = true
		return p.pass(flat)
	}
	p.msg = g.Parse(p.d)
	if !p.d.Sure() {
		p.came = progressOf(p.d)
		return false
	}
	if !flat && p.d.More() { // something is behind the payload
		return false
	}
	return p.d.Ended() && p.d.Sure() && c.codec.surelyValid(p.msg)
}

// pass looks over the rest of a record that is not to be decoded: nothing else than what it
// would be refused for, whoever reads it, is asked of it.
func (p *onePass) pass(flat bool) bool {
	d := p.d
	if !flat {
		d.Skip()
		return !d.More() && d.Ended()
	}
	var names [fewMembers][]byte
	n := 0
	for more := d.Object(); more; more = d.More() {
		name := d.Name()
		if n == len(names) || isMetadata(nameOf(name)) {
			return false
		}
		for _, before := range names[:n] {
			if string(before) == string(name) {
				return false
			}
		}
		names[n] = name
		n++
		d.Skip()
	}
	return d.Ended()
}

// contract is the contract of a record's type and version.
func (p *onePass) contract(r *Registry, topic string, typ, version []byte) *Contract {
	known := r.byWire[wireName{topic, string(typ)}]
	for _, c := range known {
		if c.version == string(version) {
			return c
		}
	}
	v, err := parseVersion(string(version))
	for _, c := range known {
		if err == nil && c.Major == v.major {
			return c
		}
	}
	return nil
}
