// Package contracts holds the events of this repository against their fixtures, as a
// repository of contracts of its own does.
package contracts_test

import (
	"testing"

	_ "github.com/eventcontracts/eventcontracts/gen/events/analytics/v1" // linked: what is generated is held against the fixtures too
	_ "github.com/eventcontracts/eventcontracts/gen/events/audit/v1"
	_ "github.com/eventcontracts/eventcontracts/gen/events/notification/v1"
	_ "github.com/eventcontracts/eventcontracts/gen/events/reminder/v1"
	_ "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	_ "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/pkg/eventbustest"
)

func TestContracts(t *testing.T) {
	t.Parallel()
	eventbustest.WalkContracts(t, "../..")
}
