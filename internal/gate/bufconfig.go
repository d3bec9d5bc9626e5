package gate

import (
	"encoding/json"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/eventcontracts/eventcontracts/internal/compat"
)

// pluginName is our check plugin of buf, by whichever path a buf.yaml names it.
const pluginName = "buf-plugin-event-contract"

// ownRules is a buf.yaml without our plugin and its rules: the gate asks the same of the
// same contracts itself, and buf starts a plugin nine times for one question. It is "",
// for the buf.yaml as it is, where there is no such plugin or nothing else would be left.
func ownRules(bufYAML []byte) string {
	var config map[string]any
	if yaml.Unmarshal(bufYAML, &config) != nil {
		return "" // buf says what is wrong with it
	}
	plugins, _ := config["plugins"].([]any)
	others := slices.DeleteFunc(slices.Clone(plugins), func(p any) bool {
		entry, _ := p.(map[string]any)
		switch named := entry["plugin"].(type) {
		case string:
			return path.Base(named) == pluginName
		case []any:
			return len(named) > 0 && strings.HasSuffix(asText(named[0]), pluginName)
		}
		return false
	})
	if len(others) == len(plugins) {
		return ""
	}
	config["plugins"] = others
	ours := []string{compat.Category}
	for _, r := range compat.Rules() {
		ours = append(ours, r.ID)
	}
	sections := []any{config}
	if modules, ok := config["modules"].([]any); ok {
		sections = append(sections, modules...)
	}
	for _, s := range sections {
		section, _ := s.(map[string]any)
		for _, kind := range []string{"lint", "breaking"} {
			rules, _ := section[kind].(map[string]any)
			for _, list := range []string{"use", "except"} {
				names, ok := rules[list].([]any)
				if !ok {
					continue
				}
				left := slices.DeleteFunc(slices.Clone(names), func(n any) bool { return slices.Contains(ours, asText(n)) })
				if list == "use" && len(left) == 0 {
					return "" // none would mean buf's defaults
				}
				rules[list] = left
			}
			only, _ := rules["ignore_only"].(map[string]any)
			for _, id := range ours {
				delete(only, id)
			}
		}
	}
	text, err := json.Marshal(config)
	if err != nil {
		return ""
	}
	return string(text)
}

func asText(v any) string {
	s, _ := v.(string)
	return s
}
