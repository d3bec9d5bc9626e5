package gosource

import (
	"fmt"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/pluginpb"
)

// Names are the Go names of messages and of all that they can hold.
type Names struct {
	messages map[protoreflect.FullName]*protogen.Message
	enums    map[protoreflect.FullName]*protogen.Enum
	packages map[protogen.GoImportPath]protogen.GoPackageName
}

// NewNames asks for the names of everything in some files and in what they import.
// goPackage gives the go_package of a file that another one than its own decides, such
// as that of buf's managed mode: "example.com/shop/gen/shop/v1;shopv1". For "" the
// file's own option counts.
func NewNames(files []protoreflect.FileDescriptor, goPackage func(protoreflect.FileDescriptor) string) (*Names, error) {
	req := &pluginpb.CodeGeneratorRequest{}
	seen := map[string]bool{}
	var add func(protoreflect.FileDescriptor)
	add = func(f protoreflect.FileDescriptor) {
		if seen[f.Path()] {
			return
		}
		seen[f.Path()] = true
		for i := range f.Imports().Len() { // protogen wants what is imported first
			add(f.Imports().Get(i))
		}
		p := protodesc.ToFileDescriptorProto(f)
		if option := goPackage(f); option != "" {
			p.Options = proto.CloneOf(p.Options)
			if p.Options == nil {
				p.Options = &descriptorpb.FileOptions{}
			}
			p.Options.GoPackage = &option
		}
		req.ProtoFile = append(req.ProtoFile, p)
	}
	for _, f := range files {
		add(f)
		req.FileToGenerate = append(req.FileToGenerate, f.Path())
	}
	plugin, err := protogen.Options{}.New(req)
	if err != nil {
		return nil, fmt.Errorf("names in Go: %w", err)
	}
	n := &Names{
		messages: map[protoreflect.FullName]*protogen.Message{},
		enums:    map[protoreflect.FullName]*protogen.Enum{},
		packages: map[protogen.GoImportPath]protogen.GoPackageName{},
	}
	for _, f := range plugin.Files {
		n.packages[f.GoImportPath] = f.GoPackageName
		n.addEnums(f.Enums)
		n.addMessages(f.Messages)
	}
	return n, nil
}

func (n *Names) addMessages(all []*protogen.Message) {
	for _, m := range all {
		n.messages[m.Desc.FullName()] = m
		n.addEnums(m.Enums)
		n.addMessages(m.Messages)
	}
}

func (n *Names) addEnums(all []*protogen.Enum) {
	for _, e := range all {
		n.enums[e.Desc.FullName()] = e
	}
}

// Type is the name of a message's Go type in its package, which is imported.
func (n *Names) Type(m protoreflect.MessageDescriptor, imports *Imports) (string, error) {
	message, ok := n.messages[m.FullName()]
	if !ok {
		return "", fmt.Errorf("%s is in none of the files that the names are of", m.FullName())
	}
	return n.qualified(message.GoIdent, imports), nil
}

// Package imports the Go package of a message and returns the message's name in it
// without the package.
func (n *Names) Package(m protoreflect.MessageDescriptor) (path, name string, err error) {
	message, ok := n.messages[m.FullName()]
	if !ok {
		return "", "", fmt.Errorf("%s is in none of the files that the names are of", m.FullName())
	}
	return string(message.GoIdent.GoImportPath), message.GoIdent.GoName, nil
}

// Getters are the calls that lead from a message to a field of it, such as
// ".GetCustomer().GetId()" for the path of a key.
func (n *Names) Getters(path []protoreflect.FieldDescriptor) (string, error) {
	out := ""
	for _, fd := range path {
		f, err := n.field(fd)
		if err != nil {
			return "", err
		}
		out += ".Get" + f.GoName + "()"
	}
	return out, nil
}

func (n *Names) field(fd protoreflect.FieldDescriptor) (*protogen.Field, error) {
	if m, ok := n.messages[fd.ContainingMessage().FullName()]; ok {
		for _, f := range m.Fields {
			if f.Desc.Number() == fd.Number() {
				return f, nil
			}
		}
	}
	return nil, fmt.Errorf("%s is in none of the files that the names are of", fd.FullName())
}

func (n *Names) qualified(ident protogen.GoIdent, imports *Imports) string {
	return imports.Add(string(ident.GoImportPath), string(n.packages[ident.GoImportPath])) + "." + ident.GoName
}
