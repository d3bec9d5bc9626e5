package gate

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
)

// unseen reports whether the files of a module are, for buf's own rules, what they were:
// those look at no comments and at no options that contracts declare. buf takes seconds
// for hundreds of files, and most changes are of rules. With the newest state it always
// runs, so that a mistake in buf.yaml is seen, and where foreign plugins may look at
// anything.
func (j *judgement) unseen(b *Baseline, m contractrepo.Module) bool {
	if b == j.all[len(j.all)-1] || j.foreignPlugins() {
		return false
	}
	now, before := filesOf(j.now.compiled.Set), filesOf(b.state.compiled.Set)
	for name, f := range before {
		if _, ok := now[name]; !ok && !strings.HasPrefix(name, "google/protobuf/") {
			return false // a file that is gone: of which module it was, nobody knows
		}
		if slices.Contains(m.Files, name) && !slices.Contains(contractrepo.Lent, name) && !proto.Equal(plain(f), plain(now[name])) {
			return false
		}
	}
	return true
}

func filesOf(set *descriptorpb.FileDescriptorSet) map[string]*descriptorpb.FileDescriptorProto {
	out := map[string]*descriptorpb.FileDescriptorProto{}
	for _, f := range set.File {
		out[f.GetName()] = f
	}
	return out
}

// foreignPlugins reports whether buf.yaml names plugins that are not ours, or cannot be
// read.
func (j *judgement) foreignPlugins() bool {
	text, err := j.now.compiled.Repo.ReadFile("buf.yaml")
	if err != nil {
		return true
	}
	var config struct {
		Plugins []struct {
			Plugin yaml.Node `yaml:"plugin"`
		} `yaml:"plugins"`
	}
	if err := yaml.Unmarshal(text, &config); err != nil {
		return true
	}
	for _, p := range config.Plugins {
		var name string
		var words []string
		if p.Plugin.Decode(&name) != nil && p.Plugin.Decode(&words) != nil || !strings.Contains(name+strings.Join(words, " "), pluginName) {
			return true
		}
	}
	return false
}

// plain is a file without places, and without options that contracts declare.
func plain(f *descriptorpb.FileDescriptorProto) proto.Message {
	f = proto.CloneOf(f)
	f.SourceCodeInfo = nil
	strip(f.ProtoReflect())
	return f
}

func strip(m protoreflect.Message) {
	m.SetUnknown(nil)
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.IsExtension():
			m.Clear(fd)
		case fd.Message() == nil:
		case fd.IsList():
			for i := range v.List().Len() {
				strip(v.List().Get(i).Message())
			}
		default:
			strip(v.Message())
			if strings.HasSuffix(string(fd.Message().Name()), "Options") && proto.Size(v.Message().Interface()) == 0 {
				m.Clear(fd) // as if there had never been any
			}
		}
		return true
	})
}
