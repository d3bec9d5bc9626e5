package gate_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/gate"
)

// A baseline that somebody names and that cannot be looked up is not one without
// contracts: nobody would know that nothing was compared.
func TestABaselineThatIsNamedIsNeverPassedOver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := gate.Find(t.Context(), dir, "main", "--against")
	var unknown *gate.Unknown
	if !errors.As(err, &unknown) || !strings.Contains(err.Error(), "--against main: this is not a git repository") {
		t.Errorf("named: %v", err)
	}
	_, err = gate.Find(t.Context(), dir, "", "--against")
	var nothing *gate.Nothing
	if !errors.As(err, &nothing) {
		t.Errorf("not named: %v", err)
	}
}
