package conversions_test

import (
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/eventcontracts/eventcontracts/conversions/todo"
	_ "github.com/eventcontracts/eventcontracts/gen/events/analytics/v1"
	_ "github.com/eventcontracts/eventcontracts/gen/events/audit/v1"
	_ "github.com/eventcontracts/eventcontracts/gen/events/notification/v1"
	_ "github.com/eventcontracts/eventcontracts/gen/events/reminder/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// all has the conversions of every domain with two majors.
var all = map[string]event.Conversions{"todo": todo.Conversions}

// A domain with two majors must have conversions, and be linked above.
func TestEveryDomainIsHere(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob("../gen/events/*/v2")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no domain has two majors: %v", err)
	}
	for _, dir := range dirs {
		domain := filepath.Base(filepath.Dir(dir))
		if len(all[domain]) == 0 {
			t.Errorf("domain %s has two majors and no conversions: export Conversions in conversions/%s and add it here", domain, domain)
		}
		if _, err := os.Stat(domain); err != nil {
			t.Error(err)
		}
	}
}

// Every major must be readable by a handler of every other.
func TestEveryMajorConverts(t *testing.T) {
	t.Parallel()
	var given event.Conversions
	for _, c := range all {
		given = append(given, c...)
	}
	if _, err := event.NewRegistry(protoregistry.GlobalFiles, given...); err != nil {
		t.Fatal(err)
	}
	for _, c := range event.Linked().Contracts() {
		typ, err := protoregistry.GlobalTypes.FindMessageByName(c.Descriptor.FullName())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := event.NewReader([]proto.Message{typ.New().Interface()}, given...); err != nil {
			t.Errorf("%s: %v", c.Descriptor.FullName(), err)
		}
	}
}
