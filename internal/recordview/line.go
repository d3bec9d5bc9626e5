package recordview

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// Line is the record on one line of a terminal. Whatever a record can hold is
// escaped.
func (out View) Line() string {
	var b strings.Builder
	for _, s := range out.Spans(true) {
		b.WriteString(s.Text)
	}
	return b.String()
}

// Spans are the parts of the line, with its payload or up to it.
func (out View) Spans(payload bool) []terminal.Span {
	at := "-"
	if out.Timestamp != nil {
		at = out.Timestamp.Format("2006-01-02T15:04:05.000Z")
	}
	parts := []terminal.Span{{Style: terminal.Faint, Text: at}, {Style: terminal.Faint, Text: At(out.Partition, out.Offset)}, {Text: KeyText(out.Key)}}
	add := func(style terminal.Style, text string) {
		parts = append(parts, terminal.Span{Style: style, Text: text})
	}
	switch {
	case out.Tombstone:
		add(terminal.Faint, "(tombstone)")
	case out.Reason != "" || out.Error != "":
		add(terminal.Alarm, "!"+out.Reason)
		if out.Type != "" {
			add(terminal.Name, strings.TrimSpace(terminal.Short(out.Type, 64)+" "+terminal.Short(out.Version, 16)))
		}
		add(terminal.Plain, out.describeUndecoded())
	default:
		add(terminal.Name, out.Type+" "+out.Version)
		if payload {
			add(terminal.Plain, string(out.Data))
		}
	}
	var spans []terminal.Span
	for i, p := range parts {
		if i > 0 {
			spans = append(spans, terminal.Span{Text: "  "})
		}
		spans = append(spans, terminal.Span{Style: p.Style, Text: terminal.Printable(p.Text)})
	}
	return spans
}

// PrettyPayload is the payload with a line for each of its values, below the line of the
// record; empty if it has none that could be decoded.
func (out View) PrettyPayload() string {
	var b bytes.Buffer
	if len(out.Data) == 0 || json.Indent(&b, out.Data, "    ", "  ") != nil {
		return ""
	}
	var lines []string
	for line := range strings.Lines(b.String()) {
		lines = append(lines, terminal.Printable(strings.TrimSuffix(line, "\n")))
	}
	return "\n    " + strings.Join(lines, "\n")
}

// HeaderLines are the record's headers, each on a line of its own, in their order. What
// is not printable is escaped.
func (out View) HeaderLines() []string {
	var lines []string
	for _, h := range out.Headers {
		lines = append(lines, terminal.Printable(h.Key)+": "+terminal.Printable(h.Text()))
	}
	return lines
}

// describeUndecoded cuts the value: records of 1 MB fill no terminal.
func (out View) describeUndecoded() string {
	switch {
	case out.Hidden:
		return out.Error + " (value hidden: it may hold personal or secret fields; --reveal shows it)"
	case out.Value != nil:
		return out.Error + ": " + terminal.Short(*out.Value, 400)
	default:
		return out.Error + ": base64 " + terminal.Short(out.ValueBase64, 400)
	}
}

// Before orders records of several partitions by their own timestamps, which are
// the brokers' or the producers'. Those without one come first.
func (out View) Before(other View) bool {
	if out.Timestamp == nil || other.Timestamp == nil {
		return out.Timestamp == nil && other.Timestamp != nil
	}
	return out.Timestamp.Before(*other.Timestamp)
}
