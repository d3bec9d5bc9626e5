package authoring

import (
	"fmt"
	"time"

	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/gate"
)

// rollOut tells in which order a new major is deployed, and what the gate says until that
// is done: groups of services.yaml that handle the event read its new major only once a
// person has said so. The gate need not be at hand for it, as where there is no git yet.
func (v *version) rollOut(c *Change) error {
	before, err := compat.NewState(v.workspace.Catalog.Files)
	if err != nil {
		return err
	}
	after, err := compat.NewState(c.After.Files)
	if err != nil {
		return err
	}
	c.Next = append(c.Next, fmt.Sprintf("deploy the readers first, with the conversions, and then the producers of major %d", c.Contract.Major))
	for _, f := range compat.Compare(before, after, compat.Options{Now: time.Now(), Groups: gate.Groups(c.After.Services)}) {
		if c.follows(f) {
			c.Next = append(c.Next, fmt.Sprintf("until then eventctl gate refuses it: %s on %s: %s: %s (%s)", f.Rule, f.Subject, f.Breaks, f.Fix, gate.WaiversFile))
		}
	}
	return nil
}

// follows reports whether a finding is what a new major is made for: it is no reason to
// refuse that.
func (c *Change) follows(f compat.Finding) bool {
	return f.Rule == compat.MajorAdded && f.Subject == string(c.Contract.Descriptor.FullName())
}
