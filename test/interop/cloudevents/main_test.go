//go:build interop

package cloudevents_test

import (
	"testing"

	"github.com/eventcontracts/eventcontracts/test/interop"
)

func TestMain(m *testing.M) { interop.Main(m) }
