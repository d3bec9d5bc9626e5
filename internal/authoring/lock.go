package authoring

import (
	"errors"
	"io/fs"

	"github.com/eventcontracts/eventcontracts/internal/compat"
	"github.com/eventcontracts/eventcontracts/internal/contractlock"
)

// lock makes contracts.lock anew where the repository has one.
func (c *Change) lock() error {
	if _, err := c.build.read(contractlock.File); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	state, err := compat.NewState(c.After.Files)
	if err != nil {
		return err
	}
	c.made[contractlock.File] = contractlock.Of(state).Bytes()
	return nil
}
