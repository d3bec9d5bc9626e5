package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
)

// describeCmd works on the contracts alone, without a cluster.
func (a *app) describeCmd() *cobra.Command {
	var major int
	var asSpec bool
	cmd := &cobra.Command{
		Use:   "describe TYPE",
		Short: "Show everything that an event's contract says",
		Long: `Describe shows an event: its comment, version, topic, key, owner, fields with
their rules, and who publishes and handles it. TYPE is a wire type
(TodoCreated), one of a topic (todos/TodoCreated) or a message's full name.

With --spec it prints the fields as one line of the field spec; what the line
does not say of them goes to standard error.`,
		Example: `  eventctl describe TodoCreated
  eventctl describe TodoCreated --major 1
  eventctl describe todos/TodoCreated --spec
  eventctl describe events.todo.v2.TodoCreated --json | jq .fields`,
		Args: exactly("TYPE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			cat, err := a.load(cmd.Context())
			if err != nil {
				return err
			}
			k, err := contract(cat, args[0], major)
			if err != nil {
				return err
			}
			if asSpec {
				return a.printSpec(k)
			}
			d := cat.Describe(k)
			if a.json {
				return terminal.JSON(a.stdout, d)
			}
			return a.printDescription(d)
		},
	}
	cmd.Flags().BoolVar(&asSpec, "spec", false, "print the fields as one line of the field spec")
	cmd.Flags().IntVar(&major, "major", 0, "major version `N` (default: the highest)")
	return cmd
}

// printDescription prints what stands in the contract in the contract's words, and
// leaves out what it does not say.
func (a *app) printDescription(d catalog.Description) error {
	deprecated := ""
	if d.Deprecated != nil {
		deprecated = strings.TrimSpace(fmt.Sprintf("since %s, may go on %s", d.Deprecated.Since, d.Deprecated.Sunset))
		if d.Deprecated.ReplacedBy != "" {
			deprecated += ", use " + d.Deprecated.ReplacedBy
		}
	}
	file := d.File
	if d.Line > 0 {
		file = fmt.Sprintf("%s:%d", d.File, d.Line)
	}
	fmt.Fprintf(a.stdout, "%s %s\n%s\n\n", terminal.Printable(d.Type), d.Version, terminal.Wrapped(d.Comment, a.textWidth()))
	if err := terminal.FieldsWithin(a.stdout, a.textWidth(), [][2]string{
		{"topic", fmt.Sprintf("%s (%s × %s, %s, kept %s, %s)", d.Topic, terminal.Count(d.TopicInfo.Partitions, "partition"), terminal.Count(d.TopicInfo.Replicas, "replica"), d.TopicInfo.Cleanup, d.TopicInfo.Retention, d.Format)},
		{"key", keyOf(d.Key)},
		{"owner", d.Owner},
		{"deprecated", deprecated},
		{"versions", strings.Join(d.Versions, ", ")},
		{"published by", strings.Join(d.Publishers, ", ")},
		{"handled by", strings.Join(d.Groups, ", ")},
		{"message", d.Message},
		{"declared in", file},
	}); err != nil {
		return err
	}
	if err := a.printPart(catalog.PartDescription{Fields: d.Fields, Oneofs: d.Oneofs, Rules: d.Rules}); err != nil {
		return err
	}
	for _, p := range d.Messages {
		fmt.Fprintf(a.stdout, "\nmessage %s\n", terminal.Printable(p.Name))
		a.printComment(p.Comment)
		if err := a.printPart(p); err != nil {
			return err
		}
	}
	for _, e := range d.Enums {
		fmt.Fprintf(a.stdout, "\nenum %s\n", terminal.Printable(e.Name))
		a.printComment(e.Comment)
		t := terminal.NewTable("VALUE", "NUMBER", "").Within(a.textWidth())
		for _, v := range e.Values {
			t.Add(v.Name, fmt.Sprint(v.Number), v.Comment)
		}
		if err := t.Print(a.stdout); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) printComment(comment string) {
	if comment != "" {
		fmt.Fprintln(a.stdout, terminal.Wrapped(comment, a.textWidth()))
	}
}

// printPart prints a message's fields, and what its contract says of several of them
// together.
func (a *app) printPart(p catalog.PartDescription) error {
	fmt.Fprintln(a.stdout)
	t := terminal.NewTable("FIELD", "TYPE", "RULES").Within(a.textWidth())
	for _, f := range p.Fields {
		t.Add(f.Name, typeOf(f), rulesOf(f))
	}
	if err := t.Print(a.stdout); err != nil {
		return err
	}
	for _, o := range p.Oneofs {
		of := "at most one of"
		if o.Required {
			of = "exactly one of"
		}
		fmt.Fprintln(a.stdout, terminal.Wrapped(fmt.Sprintf("oneof %s: %s %s", o.Name, of, strings.Join(o.Fields, ", ")), a.textWidth()))
	}
	if p.Rules != "" {
		fmt.Fprintln(a.stdout, terminal.Wrapped("rules: "+p.Rules, a.textWidth()))
	}
	return nil
}

// typeOf is a field's type as its .proto file writes it. That a value is required is a
// rule, and stands with those.
func typeOf(f catalog.FieldDescription) string {
	if f.Presence == "optional" {
		return "optional " + f.Type
	}
	return f.Type
}

// rulesOf is all else that a contract says of a field, in few columns: most fields have
// no default, and are not sensitive.
func rulesOf(f catalog.FieldDescription) string {
	var all []string
	if f.Presence == "required" {
		all = append(all, f.Presence)
	}
	if f.Sensitivity != "" {
		all = append(all, f.Sensitivity)
	}
	if f.Rules != "" {
		all = append(all, f.Rules)
	}
	if f.Accept != "" {
		all = append(all, "readers accept "+f.Accept)
	}
	if f.Default != nil || f.DefaultText != "" {
		all = append(all, fmt.Sprintf("default:%q", f.DefaultText))
	}
	return strings.Join(all, ", ")
}
