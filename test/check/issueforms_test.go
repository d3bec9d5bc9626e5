package check_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// Forms that GitHub cannot read are shown to nobody.
func TestIssueFormsAreReadable(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../.github/ISSUE_TEMPLATE/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 4 {
		t.Fatalf("only %d files", len(files))
	}
	for _, file := range files {
		var form struct {
			Name        string `yaml:"name"`
			Description string `yaml:"description"`
			Body        []struct {
				Type       string          `yaml:"type"`
				ID         string          `yaml:"id"`
				Attributes map[string]any  `yaml:"attributes"`
				Validation map[string]bool `yaml:"validations"`
			} `yaml:"body"`
		}
		if err := yaml.Unmarshal([]byte(readFile(t, strings.TrimPrefix(file, "../../"))), &form); err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if filepath.Base(file) == "config.yml" {
			continue
		}
		if form.Name == "" || form.Description == "" || len(form.Body) == 0 {
			t.Errorf("%s has no name, description or body", file)
		}
		for _, field := range form.Body {
			switch {
			case field.Type == "markdown" && field.Attributes["value"] != nil:
			case field.ID != "" && field.Attributes["label"] != nil && slices.Contains([]string{"input", "textarea", "dropdown"}, field.Type):
			default:
				t.Errorf("%s: GitHub does not show %+v", file, field)
			}
		}
	}
}
