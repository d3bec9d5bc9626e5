package disclosure

import (
	"bytes"
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
)

// JSON is m as compact JSON, with the contract's names of fields, in which each personal
// or secret field that is written has [Hidden] for its value, of whatever type it is: a
// reader can tell it from a 0, an empty list and a field that is not there. An Any is
// opened if types has what it holds, and hidden if not: nobody knows then what is in it.
func JSON(m proto.Message, types Types) ([]byte, error) {
	out := proto.Clone(m)
	mask{types: types}.fields(out.ProtoReflect())
	raw, err := marshal(out, types)
	if err != nil {
		return nil, err
	}
	return hider{types}.message(raw, m.ProtoReflect().Descriptor())
}

// Whole is JSON that hides nothing, for who has asked to see it.
func Whole(m proto.Message, types Types) ([]byte, error) {
	raw, err := marshal(m, types)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = json.Compact(&b, raw) // protojson varies its blanks on purpose
	return b.Bytes(), err
}

func marshal(m proto.Message, types Types) ([]byte, error) {
	return protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true, AllowPartial: true, Resolver: types}.Marshal(m)
}

// hider writes [Hidden] into the JSON of a message that is masked already: what it does
// not reach says nothing.
type hider struct{ types Types }

// message is raw, the JSON of a message of type d.
func (h hider) message(raw json.RawMessage, d protoreflect.MessageDescriptor) (json.RawMessage, error) {
	if d.FullName() == descriptor.Any {
		var held struct {
			Type string `json:"@type"`
		}
		if err := json.Unmarshal(raw, &held); err != nil {
			return nil, err
		}
		if held.Type == "" { // it was of a type that nobody knows, or holds nothing
			return json.Marshal(Hidden)
		}
		typ, err := h.types.FindMessageByURL(held.Type)
		if err != nil {
			return nil, err
		}
		d = typ.Descriptor()
	}
	if descriptor.WellKnown(d) { // of its own JSON, and of no fields that have a sensitivity
		return compact(raw)
	}
	return each(raw, func(name string, v json.RawMessage) (json.RawMessage, error) {
		switch f := h.field(d, name); {
		case f == nil: // the type of an Any
			return compact(v)
		case descriptor.Sensitive(f):
			return json.Marshal(Hidden)
		case f.IsMap() && f.MapValue().Message() != nil:
			return each(v, func(_ string, v json.RawMessage) (json.RawMessage, error) {
				return h.message(v, f.MapValue().Message())
			})
		case f.Message() == nil || f.IsMap():
			return compact(v)
		case f.IsList():
			return h.list(v, f.Message())
		default:
			return h.message(v, f.Message())
		}
	})
}

// field is what a name means that protojson has written.
func (h hider) field(d protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	if !descriptor.IsExtensionName(name) {
		return descriptor.Named(d, name)
	}
	x, err := h.types.FindExtensionByName(protoreflect.FullName(name[1 : len(name)-1]))
	if err != nil {
		return nil
	}
	return x.TypeDescriptor()
}

func (h hider) list(raw json.RawMessage, d protoreflect.MessageDescriptor) (json.RawMessage, error) {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return nil, err
	}
	out := []byte{'['}
	for i, item := range items {
		v, err := h.message(item, d)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, v...)
	}
	return append(out, ']'), nil
}

// each is the object raw with what change makes of its members, in their order.
func each(raw json.RawMessage, change func(name string, v json.RawMessage) (json.RawMessage, error)) (json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("%.20s is not an object: %w", raw, err)
	}
	var out bytes.Buffer
	out.WriteByte('{')
	names := json.NewEncoder(&out)
	names.SetEscapeHTML(false)
	for n := 0; dec.More(); n++ {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return nil, err
		}
		if v, err = change(fmt.Sprint(name), v); err != nil {
			return nil, err
		}
		if n > 0 {
			out.WriteByte(',')
		}
		if err := names.Encode(name); err != nil {
			return nil, err
		}
		out.Truncate(out.Len() - 1) // the encoder's line break
		out.WriteByte(':')
		out.Write(v)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

func compact(raw json.RawMessage) (json.RawMessage, error) {
	var b bytes.Buffer
	err := json.Compact(&b, raw)
	return b.Bytes(), err
}
