package eventbus_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// besideOneAnother is how many tests run at a time. They wait for the Kafka client's
// timers and not for processors: a new client alone needs half a second for its
// producer id.
const besideOneAnother = "8"

// TestMain lets more tests run at a time than there are processors, unless -parallel
// says how many.
func TestMain(m *testing.M) {
	flag.Parse()
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "test.parallel" })
	if !chosen {
		if err := flag.Set("test.parallel", besideOneAnother); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}
