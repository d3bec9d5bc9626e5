package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/broker"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
	"github.com/eventcontracts/eventcontracts/pkg/kafkaconn"
)

// defaultPort is Kafka's own.
const defaultPort = 9092

// brokerCmd runs until it is interrupted, which is its only end and so exit code 0. Its
// last line for people is made to be pasted into a shell. Lines are printed when the
// broker listens: a script that has read one may connect.
func (a *app) brokerCmd() *cobra.Command {
	var (
		port  int
		data  string
		bare  bool
		nodes int
	)
	cmd := &cobra.Command{
		Use:   "broker",
		Short: "Run an embedded broker for development",
		Long: `Broker runs a Kafka broker inside this process until it is interrupted, with the
topics that contracts and groups need. It speaks Kafka's protocol to any client,
on this machine only. It is a fake: use it to develop and test, never to keep
data that matters.`,
		Example: `  eventctl broker
  eventctl broker --port 9092 --data-dir /tmp/events
  eventctl broker --bare --nodes 3`,
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			// Each further node takes the port after the one before it.
			if port < 0 || nodes < 1 || port+nodes-1 > 65535 {
				return usagef("--port %d --nodes %d: give at least one node, and ports from 0 (any free one) to 65535", port, nodes)
			}
			cfg := broker.Config{Port: port, DataDir: data, Brokers: nodes}
			// Topics exist before the first client does: clients of this module create
			// none by use (allow.auto.create.topics), here as on a cluster.
			if !bare {
				cat, err := a.load(cmd.Context())
				if err != nil {
					return fmt.Errorf("%w\n(--bare starts a broker without topics)", err)
				}
				for _, w := range cat.Wanted() {
					cfg.Topics = append(cfg.Topics, broker.Topic{Name: w.Name, Partitions: w.Partitions, Config: w.Config})
				}
			}
			b, err := broker.Start(cfg)
			if err != nil {
				return err
			}
			defer b.Close() // with --data-dir it writes what is left to disk
			if a.json {
				if err := terminal.JSONLine(a.stdout, struct {
					Brokers []string `json:"brokers"`
					Topics  int      `json:"topics"`
				}{b.Addrs(), len(cfg.Topics)}); err != nil {
					return err
				}
			} else {
				where := "in memory"
				if data != "" {
					where = "in " + data
				}
				addrs := strings.Join(b.Addrs(), ",")
				// A broker whose address nobody learnt is of no use, and would run for ever.
				if _, err := fmt.Fprintf(a.stdout, "broker on %s, %s, data %s; interrupt to stop\nexport %s=%s\n", addrs, terminal.Count(len(cfg.Topics), "topic"), terminal.Printable(where),
					kafkaconn.Variable("Brokers"), addrs); err != nil {
					return err
				}
			}
			<-cmd.Context().Done()
			return nil
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&port, "port", defaultPort, "TCP `PORT`; 0 for any free one")
	flags.StringVar(&data, "data-dir", "", "keep data in `DIR` across restarts (default: memory)")
	flags.BoolVar(&bare, "bare", false, "create no topics; needs no contracts")
	// Several nodes are for contracts whose topics want several replicas.
	flags.IntVar(&nodes, "nodes", 1, "number of brokers, on ports from --port up")
	return cmd
}
