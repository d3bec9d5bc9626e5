// Command eventctl works with event contracts and the Kafka topics that carry
// them: docs/eventctl.md.
package main

import (
	"os"

	"github.com/eventcontracts/eventcontracts/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
