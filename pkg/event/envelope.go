package event

// appendMetadata begins the object of the envelope and flat formats, and leaves it
// open. All members are always there, in this order, null where there is nothing
// to say, as Pydantic writes them. Metadata has been checked, so that it is UTF-8.
func appendMetadata(b []byte, md *Metadata) []byte {
	b = append(b, `{"event_id":`...)
	b = appendText(b, md.ID)
	b = append(b, `,"event_type":`...)
	b = appendText(b, md.Type)
	b = append(b, `,"event_version":`...)
	b = appendText(b, md.Version)
	b = append(b, `,"timestamp":"`...)
	b = appendTime(b, md.Time)
	b = append(b, `","correlation_id":`...)
	b = appendOptional(b, md.CorrelationID)
	b = append(b, `,"causation_id":`...)
	b = appendOptional(b, md.CausationID)
	b = append(b, `,"source":`...)
	return appendOptional(b, md.Source)
}

func appendOptional(b []byte, s string) []byte {
	if s == "" {
		return append(b, "null"...)
	}
	return appendText(b, s)
}
