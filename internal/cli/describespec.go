package cli

import (
	"fmt"

	"github.com/eventcontracts/eventcontracts/internal/contractproto"
	"github.com/eventcontracts/eventcontracts/internal/spec"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// describedSpec is an event as one line, and what the line does not say.
type describedSpec struct {
	Spec   string                 `json:"spec"`
	Beyond []contractproto.Beyond `json:"beyond"`
}

// printSpec prints the fields of an event as a spec. The line alone goes to standard
// output, so that it can be given to another command.
func (a *app) printSpec(k *event.Contract) error {
	s, beyond := contractproto.Read(k.Descriptor, spec.Options{Reserved: event.ReservedFields()})
	if a.json {
		return terminal.JSON(a.stdout, describedSpec{s.String(), append([]contractproto.Beyond{}, beyond...)})
	}
	fmt.Fprintln(a.stdout, terminal.Printable(s.String()))
	for _, b := range beyond {
		fmt.Fprintf(a.stderr, "not said: %s\n", terminal.Printable(b.String()))
	}
	return nil
}
