package catalog

import (
	"strings"

	"github.com/eventcontracts/eventcontracts/internal/near"
)

// Near are the known names that somebody who typed name may have meant, the
// nearest first.
func Near(name string, known []string) []string { return near.Names(name, known) }

// NearTypes are the wire types that somebody who typed name may have meant.
func (c *Catalog) NearTypes(name string) []string {
	var known []string
	for _, k := range c.Contracts() {
		known = append(known, k.Type)
	}
	return near.Names(name[strings.LastIndexAny(name, "/.")+1:], known)
}
