package authoring

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/eventcontracts/eventcontracts/internal/descriptor"
	"github.com/eventcontracts/eventcontracts/internal/protoedit"
	"github.com/eventcontracts/eventcontracts/internal/topicname"
)

// newTopic says how a topic is declared that does not exist yet. Everything else has
// the vocabulary's defaults: the envelope format, deletion after the retention.
const newTopic = "3 partitions, 3 replicas, 7 days"

const topicSettings = `  partitions: 3
  replicas: 3
  retention: "7d"
`

// topicStatement declares a topic, laid out as buf format does. The name is made of
// letters, digits and signs that need no escape.
func topicStatement(name string) string {
	kubernetes := ""
	if resource := strings.ReplaceAll(strings.ToLower(name), "_", "-"); resource != name {
		kubernetes = fmt.Sprintf("  kubernetes_name: %s\n", strconv.Quote(resource)) // RFC 1123
	}
	return fmt.Sprintf("option (eventcontracts.v1.topic) = {\n  name: %s\n%s%s};\n", strconv.Quote(name), kubernetes, topicSettings)
}

// declareTopic gives a file of the event's package the declaration of a topic: one that
// declares topics already, else topics.proto. It returns the import path.
func (b *build) declareTopic(l *landscape, d *domain, major int, goPackage, name string) (string, error) {
	if err := checkTopic(name); err != nil {
		return "", err
	}
	dir := d.dir(major)
	for _, f := range l.files {
		if path.Dir(f.Path()) != dir || len(descriptor.Topics(f)) == 0 || len(eventsIn(f)) > 0 {
			continue
		}
		err := b.edit(b.workspace.Catalog.Source(f.Path()), func(file *protoedit.File) error {
			return file.AddTopic(topicStatement(name))
		})
		return f.Path(), err
	}
	text := fmt.Sprintf("syntax = \"proto3\";\n\npackage %s;\n\nimport \"eventcontracts/v1/options.proto\";\n\n", d.pkg(majorText(major)))
	if goPackage != "" {
		text += fmt.Sprintf("option go_package = %s;\n\n", strconv.Quote(goPackage))
	}
	file := path.Join(dir, "topics.proto")
	b.create(fileOf(d.module, file), []byte(text+topicStatement(name)))
	return file, nil
}

func checkTopic(name string) error {
	if !topicname.Valid(name) {
		return mistake("--topic %.60q is not a name of a Kafka topic: use letters, digits, '.', '_' and '-', at most %d", name, topicname.Max)
	}
	return nil
}

func topicNames(f protoreflect.FileDescriptor) []string {
	var out []string
	for _, t := range descriptor.Topics(f) {
		out = append(out, t.GetName())
	}
	return out
}

// eventsIn are the events of a file.
func eventsIn(f protoreflect.FileDescriptor) []protoreflect.MessageDescriptor {
	var out []protoreflect.MessageDescriptor
	for i := range f.Messages().Len() {
		if m := f.Messages().Get(i); descriptor.IsEvent(m) {
			out = append(out, m)
		}
	}
	return slices.Clip(out)
}
