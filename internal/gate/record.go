package gate

import (
	"encoding/json"
	"fmt"
)

// maxRecord is how much of a payload is shown.
const maxRecord = 400

// shortened is a payload on one line, with long texts cut: what matters of them is how
// long they are.
func shortened(raw []byte) string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return ""
	}
	out, err := json.Marshal(cutTexts(v))
	if err != nil || len(out) > maxRecord {
		return fmt.Sprintf("%.*s…", maxRecord, out)
	}
	return string(out)
}

func cutTexts(v any) any {
	switch v := v.(type) {
	case string:
		if len(v) > 60 {
			return fmt.Sprintf("%.20s… (%d bytes)", v, len(v))
		}
	case map[string]any:
		for k, e := range v {
			v[k] = cutTexts(e)
		}
	case []any:
		for i, e := range v {
			v[i] = cutTexts(e)
		}
		if len(v) > 5 {
			return append(v[:5], fmt.Sprintf("… (%d elements)", len(v)))
		}
	}
	return v
}
