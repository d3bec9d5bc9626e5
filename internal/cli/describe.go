package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/terminal"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// description is one event with everything that its contract says.
type description struct {
	listed

	Comment    string             `json:"comment"`
	Versions   []string           `json:"versions"` // all of the type on its topic, highest first
	Deprecated *deprecation       `json:"deprecation,omitempty"`
	TopicInfo  topicDescription   `json:"topic_settings"`
	Publishers []string           `json:"publishers"`
	Groups     []string           `json:"groups"`
	Fields     []fieldDescription `json:"fields"`
}

type deprecation struct {
	Since      string `json:"since,omitempty"`
	Sunset     string `json:"sunset,omitempty"`
	ReplacedBy string `json:"replaced_by,omitempty"`
}

type topicDescription struct {
	Partitions int    `json:"partitions"`
	Replicas   int    `json:"replicas"`
	Retention  string `json:"retention"`
	Cleanup    string `json:"cleanup"`
	MaxBytes   int    `json:"max_bytes,omitempty"`
}

type fieldDescription struct {
	Name        string          `json:"name"`
	Type        string          `json:"type"`
	Presence    string          `json:"presence"` // required, optional or empty
	Default     json.RawMessage `json:"default,omitempty"`
	Sensitivity string          `json:"sensitivity,omitempty"` // empty for internal
	Rules       string          `json:"rules,omitempty"`
	Comment     string          `json:"comment,omitempty"`

	defaultText string
}

func (a *app) describeCmd() *cobra.Command {
	var major int
	cmd := &cobra.Command{
		Use:   "describe TYPE",
		Short: "Show everything that an event's contract says",
		Long: `Describe shows an event: its comment, version, topic, key, owner, fields with
their rules, and who publishes and handles it. TYPE is a wire type (TodoCreated),
one of a topic (todos/TodoCreated) or a message's full name.`,
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
			d := describe(cat, k)
			if a.json {
				return terminal.JSON(a.stdout, d)
			}
			return a.printDescription(d)
		},
	}
	cmd.Flags().IntVar(&major, "major", 0, "major version `N` (default: the highest)")
	return cmd
}

func describe(cat *catalog.Catalog, k *event.Contract) description {
	file, line, comment := cat.Location(k.Descriptor)
	d := description{
		listed: listed{
			Type: k.Type, Version: k.Version(), Topic: k.Topic.Name, Key: k.KeyPath, Format: k.Topic.Format.String(), Owner: k.Owner,
			Message: string(k.Descriptor.FullName()), File: file, Line: line,
		},
		Comment:  oneLine(comment),
		Versions: versions(cat.Contracts(), k),
		TopicInfo: topicDescription{
			Partitions: k.Topic.Partitions, Replicas: k.Topic.Replicas, MaxBytes: k.Topic.MaxBytes,
			Retention: duration(k.Topic.Retention), Cleanup: k.Topic.KafkaConfig()["cleanup.policy"],
		},
		Publishers: []string{}, Groups: []string{},
	}
	if dep := k.Options.GetDeprecated(); dep != nil {
		d.Deprecated = &deprecation{Since: dep.GetSince(), Sunset: dep.GetSunset(), ReplacedBy: dep.GetReplacedBy()}
	}
	for _, s := range cat.Services {
		if names(cat, s.Publishes, k) {
			d.Publishers = append(d.Publishers, s.Name)
		}
		for _, g := range s.Groups {
			if names(cat, g.Handles, k) {
				d.Groups = append(d.Groups, g.Name)
			}
		}
	}
	for i := range k.Descriptor.Fields().Len() {
		d.Fields = append(d.Fields, describeField(cat, k.Descriptor.Fields().Get(i)))
	}
	return d
}

// names says whether a list of services.yaml means a contract.
func names(cat *catalog.Catalog, list []catalog.Named, k *event.Contract) bool {
	return slices.ContainsFunc(list, func(n catalog.Named) bool { return slices.Contains(cat.Find(n.Name), k) })
}

func describeField(cat *catalog.Catalog, f protoreflect.FieldDescriptor) fieldDescription {
	_, _, comment := cat.Location(f)
	d := fieldDescription{Name: string(f.Name()), Type: fieldType(f), Comment: oneLine(comment)}
	if opts := descriptor.Field(f); opts != nil {
		if opts.Default != nil {
			d.defaultText = opts.GetDefault()
			d.Default = defaultJSON(f, d.defaultText)
		}
		if descriptor.Sensitive(f) {
			d.Sensitivity = strings.ToLower(strings.TrimPrefix(opts.GetSensitivity().String(), "SENSITIVITY_"))
		}
	}
	rules := descriptor.Rules(f)
	switch {
	case rules.GetRequired():
		d.Presence = "required"
	case f.HasOptionalKeyword():
		d.Presence = "optional"
	}
	if rules != nil {
		rest := proto.Clone(rules).(*validate.FieldRules)
		rest.Required = nil
		// prototext varies its blanks on purpose.
		d.Rules = strings.Join(strings.Fields(prototext.MarshalOptions{}.Format(rest)), " ")
	}
	return d
}

// defaultJSON is a default as a payload has it: numbers and booleans are such,
// and integers of 64 bits are text.
func defaultJSON(f protoreflect.FieldDescriptor, text string) json.RawMessage {
	switch f.Kind() {
	case protoreflect.BoolKind, protoreflect.FloatKind, protoreflect.DoubleKind,
		protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind, protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		if json.Valid([]byte(text)) { // inf and nan are not
			return json.RawMessage(text)
		}
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		return nil
	}
	return quoted
}

func fieldType(f protoreflect.FieldDescriptor) string {
	switch {
	case f.IsMap():
		return fmt.Sprintf("map<%s, %s>", fieldType(f.MapKey()), fieldType(f.MapValue()))
	case f.IsList():
		return "repeated " + elementType(f)
	default:
		return elementType(f)
	}
}

func elementType(f protoreflect.FieldDescriptor) string {
	switch {
	case f.Message() != nil:
		return strings.TrimPrefix(string(f.Message().FullName()), "google.protobuf.")
	case f.Enum() != nil:
		return string(f.Enum().Name())
	default:
		return f.Kind().String()
	}
}

func (a *app) printDescription(d description) error {
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
	fmt.Fprintf(a.stdout, "%s %s\n%s\n\n", terminal.Printable(d.Type), d.Version, terminal.Printable(d.Comment))
	if err := terminal.Fields(a.stdout, [][2]string{
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
	fmt.Fprintln(a.stdout)
	t := terminal.NewTable("FIELD", "TYPE", "", "DEFAULT", "SENSITIVITY", "RULES")
	for _, f := range d.Fields {
		t.Add(f.Name, f.Type, f.Presence, f.defaultText, f.Sensitivity, f.Rules)
	}
	return t.Print(a.stdout)
}

// oneLine joins a comment's lines.
func oneLine(comment string) string { return strings.Join(strings.Fields(comment), " ") }

// duration is a retention in its largest whole unit.
func duration(d time.Duration) string {
	switch {
	case d < 0:
		return "unlimited"
	case d == 0:
		return "as long as the broker says"
	case d%(24*time.Hour) == 0:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	default:
		return d.String()
	}
}
