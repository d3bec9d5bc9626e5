package disclosure

import "github.com/eventcontracts/eventcontracts/internal/headername"

// HeaderShown reports whether a header may be shown of a record whose contract has
// personal or secret fields: only if its name says that its value is of another kind.
func HeaderShown(name string) bool { return headername.IsMetadata(name) }
