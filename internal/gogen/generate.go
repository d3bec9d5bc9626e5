package gogen

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/cmd/protoc-gen-go/internal_gengo"
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
	"github.com/eventcontracts/eventcontracts/internal/gocodec"
)

// File is one generated file.
type File struct {
	Path    string // below the root of the contracts, with "/"
	Content []byte
}

// generator writes the code of one plugin for the files that gen asks for.
type generator func(gen *protogen.Plugin)

// generators are by the name of the plugin that they are elsewhere.
var generators = map[string]generator{
	contractrepo.GoPlugin: func(gen *protogen.Plugin) {
		for _, f := range gen.Files {
			if f.Generate {
				internal_gengo.GenerateFile(gen, f)
			}
		}
	},
	contractrepo.EventPlugin: gocodec.Generate,
}

// Generate gives the files that a template generates from a repository, sorted by
// path. Files are its contracts with what they import, as package catalog compiles
// them.
//
// From what is lent to contracts (contractrepo.Lent) it generates only in the module
// that has the Go package already: a second copy ends every program that links both.
func Generate(repo *contractrepo.Repo, files *protoregistry.Files, t *contractrepo.Template) ([]File, error) {
	names, err := repo.Generates(t)
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		return slices.Contains(contractrepo.Lent, name) && !ours(repo, files, name, t)
	})
	if len(names) == 0 {
		return nil, nil
	}
	var out []File
	for _, p := range t.Plugins {
		set, err := request(files, names, t)
		if err != nil {
			return nil, err
		}
		generated, err := run(files, set, names, p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
		out = append(out, generated...)
	}
	if err := sameVersion(repo, out); err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	for i := range out {
		if i > 0 && out[i].Path == out[i-1].Path {
			return nil, fmt.Errorf("two plugins write %s", out[i].Path)
		}
	}
	return out, nil
}

// ours reports whether the Go package of a file is where a plugin would write it.
func ours(repo *contractrepo.Repo, files *protoregistry.Files, name string, t *contractrepo.Template) bool {
	f, err := files.FindFileByPath(name)
	if err != nil {
		return false
	}
	options, _ := f.Options().(*descriptorpb.FileOptions)
	declared, _, _ := strings.Cut(options.GetGoPackage(), ";")
	return slices.ContainsFunc(t.Plugins, func(p contractrepo.Plugin) bool {
		at, err := repo.ImportPath(path.Join(p.Out, path.Dir(name)))
		return err == nil && at == declared
	})
}

// request is the descriptors of names and what they import, imports first, as a
// plugin gets them: with the options that managed mode fills in.
func request(files *protoregistry.Files, names []string, t *contractrepo.Template) ([]*descriptorpb.FileDescriptorProto, error) {
	var out []*descriptorpb.FileDescriptorProto
	added := map[string]bool{}
	var add func(protoreflect.FileDescriptor) error
	add = func(f protoreflect.FileDescriptor) error {
		if added[f.Path()] {
			return nil
		}
		added[f.Path()] = true
		for i := range f.Imports().Len() {
			if err := add(f.Imports().Get(i).FileDescriptor); err != nil {
				return err
			}
		}
		file := protodesc.ToFileDescriptorProto(f)
		manage(file, t)
		out = append(out, file)
		return nil
	}
	for _, name := range names {
		f, err := files.FindFileByPath(name)
		if err == nil {
			err = add(f)
		}
		if err != nil {
			return nil, fmt.Errorf("generate from %s: %w", name, err)
		}
	}
	return out, nil
}

// generatedBy is the line that the Go generator writes with its version, which is
// that of the protobuf module in this program.
var generatedBy = regexp.MustCompile(`(?m)^// \tprotoc-gen-go (v\S+)$`)

// sameVersion refuses to write what go tool protoc-gen-go would not: the module of the
// contracts may have another protobuf than this program.
func sameVersion(repo *contractrepo.Repo, files []File) error {
	m, err := repo.GoModule()
	if err != nil {
		return nil //nolint:nilerr // without a module there is no other version
	}
	want := m.Requires["google.golang.org/protobuf"]
	for _, f := range files {
		if by := generatedBy.FindSubmatch(f.Content); by != nil && want != "" && string(by[1]) != want {
			return fmt.Errorf("go.mod has google.golang.org/protobuf %s, and this program has %s, which generates other code: run it as go tool eventctl, or run buf generate", want, by[1])
		}
	}
	return nil
}

// run runs one plugin.
func run(files *protoregistry.Files, set []*descriptorpb.FileDescriptorProto, names []string, p contractrepo.Plugin) ([]File, error) {
	generate, ok := generators[p.Name]
	if !ok {
		return nil, fmt.Errorf("this program does not hold it: run buf generate")
	}
	req := &pluginpb.CodeGeneratorRequest{FileToGenerate: names, ProtoFile: set}
	if len(p.Opt) > 0 {
		req.Parameter = proto.String(strings.Join(p.Opt, ","))
	}
	gen, err := protogen.Options{}.New(req)
	if err != nil {
		return nil, err
	}
	gen.SupportedFeatures = internal_gengo.SupportedFeatures
	gen.SupportedEditionsMinimum = internal_gengo.SupportedEditionsMinimum
	gen.SupportedEditionsMaximum = internal_gengo.SupportedEditionsMaximum
	// The codecs' plugin links the types of rules, as this program does.
	if p.Name == contractrepo.GoPlugin {
		if err := asPlugin(gen, files); err != nil {
			return nil, err
		}
	}
	generate(gen)
	resp := gen.Response()
	if resp.Error != nil {
		return nil, fmt.Errorf("%s", resp.GetError())
	}
	var out []File
	for _, f := range resp.File {
		out = append(out, File{Path: path.Join(p.Out, f.GetName()), Content: []byte(f.GetContent())})
	}
	return out, nil
}

// asPlugin has options be what they are in a plugin's process, which links none of
// their types: dynamic messages. A generated file holds its descriptor, and linked
// types would be written into it in another order.
func asPlugin(gen *protogen.Plugin, files *protoregistry.Files) error {
	options := dynamicpb.NewTypes(files)
	for _, f := range gen.Files {
		raw, err := proto.MarshalOptions{AllowPartial: true}.Marshal(f.Proto)
		if err != nil {
			return err
		}
		proto.Reset(f.Proto)
		if err := (proto.UnmarshalOptions{AllowPartial: true, Resolver: options}).Unmarshal(raw, f.Proto); err != nil {
			return err
		}
	}
	return nil
}
