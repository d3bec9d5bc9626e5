package event

import "slices"

// name is a member or attribute that a format gives a meaning. A small number
// serves as the index of arrays, where a map of strings would be allocated for
// each record.
type name uint8

const (
	other name = iota
	eventID
	eventType
	eventVersion
	timestamp
	correlationID
	causationID
	source
	data
	specversion // the last that a payload may not use
	ceID
	ceType
	ceVersion
	ceTime
	ceCorrelation
	ceCausation
	ceDataBase64
	numNames
)

// spelling is how each name is written.
var spelling = [numNames]string{
	eventID: "event_id", eventType: "event_type", eventVersion: "event_version", timestamp: "timestamp",
	correlationID: "correlation_id", causationID: "causation_id", source: "source", data: "data", specversion: "specversion",
	ceID: "id", ceType: "type", ceVersion: "eventversion", ceTime: "time", ceCorrelation: "correlationid", ceCausation: "causationid",
	ceDataBase64: "data_base64",
}

// reserved are the names that no payload field may have: in the flat format
// metadata is on the level of the payload, where "data" and "specversion" would
// make a record look like one of another format.
var reserved = spelling[eventID : specversion+1]

// ReservedFields are the names that no field of an event may have: those of
// metadata, which stand beside the payload's in some format.
func ReservedFields() []string { return slices.Clone(reserved) }

// nameOf is spelling the other way round. The compiler turns the switch into
// comparisons by length, without an allocation for the string.
func nameOf(key []byte) name {
	switch string(key) {
	case "event_id":
		return eventID
	case "event_type":
		return eventType
	case "event_version":
		return eventVersion
	case "timestamp":
		return timestamp
	case "correlation_id":
		return correlationID
	case "causation_id":
		return causationID
	case "source":
		return source
	case "data":
		return data
	case "specversion":
		return specversion
	case "id":
		return ceID
	case "type":
		return ceType
	case "eventversion":
		return ceVersion
	case "time":
		return ceTime
	case "correlationid":
		return ceCorrelation
	case "causationid":
		return ceCausation
	case "data_base64":
		return ceDataBase64
	}
	return other
}

// isMetadata reports whether a member of a flat record's object is not of the payload.
func isMetadata(n name) bool { return n != other && n <= specversion }

// names are where a format keeps metadata.
type names struct{ id, typ, version, time, correlation, causation name }

var (
	ourNames = names{eventID, eventType, eventVersion, timestamp, correlationID, causationID}
	ceNames  = names{ceID, ceType, ceVersion, ceTime, ceCorrelation, ceCausation}
)
