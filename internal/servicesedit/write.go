package servicesedit

import (
	"fmt"
	"strings"
)

// How entries are written: block is the lines of one at the left margin, flow is one
// line in braces, and decoded is what YAML reads in either.

func (g Group) fields() []string {
	out := []string{"name: " + text(g.Name)}
	if len(g.Handles) > 0 {
		out = append(out, "handles: "+texts(g.Handles))
	}
	if len(g.Deploys) > 0 {
		majors := make([]string, len(g.Deploys))
		for i, m := range g.Deploys {
			majors[i] = fmt.Sprint(m)
		}
		out = append(out, "deploys: ["+strings.Join(majors, ", ")+"]")
	}
	return out
}

func (g Group) block() string { return strings.Join(g.fields(), "\n") }

func (g Group) flow() string { return "{" + strings.Join(g.fields(), ", ") + "}" }

func (g Group) decoded() any {
	m := map[string]any{"name": g.Name}
	if len(g.Handles) > 0 {
		m["handles"] = anys(g.Handles)
	}
	if len(g.Deploys) > 0 {
		m["deploys"] = anys(g.Deploys)
	}
	return m
}

func (s Service) head() []string {
	out := []string{"service: " + text(s.Name), "owner: " + text(s.Owner)}
	if s.Principal != "" {
		out = append(out, "principal: "+text(s.Principal))
	}
	return out
}

func (s Service) block(step int) string {
	out := s.head()
	if len(s.Publishes) > 0 {
		out = append(out, "publishes:")
		for _, typ := range s.Publishes {
			out = append(out, item(text(typ), step, 1))
		}
	}
	if len(s.Groups) > 0 {
		out = append(out, "groups:")
		for _, g := range s.Groups {
			out = append(out, item(g.block(), step, 1))
		}
	}
	return strings.Join(out, "\n")
}

func (s Service) flow() string {
	out := s.head()
	if len(s.Publishes) > 0 {
		out = append(out, "publishes: "+texts(s.Publishes))
	}
	if len(s.Groups) > 0 {
		var groups []string
		for _, g := range s.Groups {
			groups = append(groups, g.flow())
		}
		out = append(out, "groups: ["+strings.Join(groups, ", ")+"]")
	}
	return "{" + strings.Join(out, ", ") + "}"
}

func (s Service) decoded() any {
	m := map[string]any{"service": s.Name, "owner": s.Owner}
	if s.Principal != "" {
		m["principal"] = s.Principal
	}
	if len(s.Publishes) > 0 {
		m["publishes"] = anys(s.Publishes)
	}
	if len(s.Groups) > 0 {
		var groups []any
		for _, g := range s.Groups {
			groups = append(groups, g.decoded())
		}
		m["groups"] = groups
	}
	return m
}

func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

// entry is a decoded mapping; one with keys that are not text becomes another, which
// differs from what the edited file decodes to, and so the edit is refused.
func entry(v any) map[string]any {
	if m, ok := v.(map[string]any); ok {
		return m
	}
	return map[string]any{}
}

func groupAt(service map[string]any, j int) map[string]any {
	groups, _ := service["groups"].([]any)
	if j >= len(groups) {
		return map[string]any{}
	}
	return entry(groups[j])
}
