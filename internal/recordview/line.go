package recordview

import (
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// Line is the record on one line of a terminal. Whatever a record can hold is
// escaped.
func (out View) Line() string {
	at := "-"
	if out.Timestamp != nil {
		at = out.Timestamp.Format("2006-01-02T15:04:05.000Z")
	}
	parts := []string{at, At(out.Partition, out.Offset), KeyText(out.Key)}
	switch {
	case out.Tombstone:
		parts = append(parts, "(tombstone)")
	case out.Reason != "" || out.Error != "":
		parts = append(parts, "!"+out.Reason)
		if out.Type != "" {
			parts = append(parts, strings.TrimSpace(terminal.Short(out.Type, 64)+" "+terminal.Short(out.Version, 16)))
		}
		parts = append(parts, out.describeUndecoded())
	default:
		parts = append(parts, out.Type+" "+out.Version, string(out.Data))
	}
	for i := range parts {
		parts[i] = terminal.Printable(parts[i])
	}
	return strings.Join(parts, "  ")
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
