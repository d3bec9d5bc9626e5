// Package reality ties the compatibility gate to what readers do: random contracts are
// edited at random, records that one side's writer writes are read by the other side's
// reader, and the gate's verdict has to be what happened. It has tests alone.
package reality
