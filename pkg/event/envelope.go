package event

func appendMetadata(b []byte, md Metadata) []byte {
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
