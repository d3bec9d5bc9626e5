package event

// Format is how an event is written into a record. The numbers are those of
// eventcontracts.v1.Format.
type Format int

// The formats. A topic's contract chooses what producers write; readers accept
// all of them, so that a topic can change its format while both are in it.
const (
	FormatEnvelope          Format = 1
	FormatFlat              Format = 2
	FormatCloudEvents       Format = 3
	FormatCloudEventsBinary Format = 4
)

func (f Format) String() string {
	switch f {
	case FormatEnvelope:
		return "envelope"
	case FormatFlat:
		return "flat"
	case FormatCloudEvents:
		return "cloudevents"
	case FormatCloudEventsBinary:
		return "cloudevents-binary"
	}
	return "unknown"
}

func (f Format) cloudEvents() bool { return f == FormatCloudEvents || f == FormatCloudEventsBinary }
