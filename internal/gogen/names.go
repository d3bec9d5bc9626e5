package gogen

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
)

// Names are files of contracts, and those that they import, as the Go generator sees
// them: of one file, the last is the file itself. Who writes Go that uses what is generated finds
// there what packages, messages, fields and values are called.
func Names(files *protoregistry.Files, t *contractrepo.Template, names ...string) ([]*protogen.File, error) {
	set, err := request(files, names, t)
	if err != nil {
		return nil, err
	}
	req := &pluginpb.CodeGeneratorRequest{FileToGenerate: names, ProtoFile: set}
	i := slices.IndexFunc(t.Plugins, func(p contractrepo.Plugin) bool { return p.Name == contractrepo.GoPlugin })
	if i < 0 {
		return nil, fmt.Errorf("the template has no plugin %s", contractrepo.GoPlugin)
	}
	for _, opt := range t.Plugins[i].Opt {
		req.Parameter = proto.String(req.GetParameter() + opt + ",")
	}
	gen, err := protogen.Options{}.New(req)
	if err != nil {
		return nil, err
	}
	return gen.Files, nil
}
