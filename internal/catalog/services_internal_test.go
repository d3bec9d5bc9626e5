package catalog

import "testing"

// FuzzServices reads any text as services.yaml. It is internal, because to load the
// contracts around it would take nearly all of the time.
func FuzzServices(f *testing.F) {
	for _, text := range []string{
		"", "- service: shop\n  owner: team\n  principal: User:shop\n  publishes: [OrderPlaced]\n  groups: [{name: mailer, handles: [OrderPlaced], deploys: [1]}]\n",
		"- service: a\n---\n- service: b\n", "a: &a [*a]", "- {groups: [{name: ../x}]}", "[[[[[",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		services, problems := parseServices("services.yaml", text)
		if services != nil && len(problems) > 0 && services[0].Line < 0 {
			t.Errorf("%+v, %v", services, problems)
		}
		for _, p := range problems {
			if p.Problem == "" || p.Fix == "" && p.Line == 0 && p.File == "" {
				t.Errorf("a problem says nothing: %+v", p)
			}
		}
	})
}
