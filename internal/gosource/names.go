package gosource

import (
	"fmt"

	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Names are the Go names of messages and of all that they can hold.
type Names struct {
	messages map[protoreflect.FullName]*protogen.Message
	enums    map[protoreflect.FullName]*protogen.Enum
	packages map[protogen.GoImportPath]protogen.GoPackageName
}

// NewNames has the names of everything in some files. What they import is among them,
// as protogen's are.
func NewNames(files []*protogen.File) *Names {
	n := &Names{
		messages: map[protoreflect.FullName]*protogen.Message{},
		enums:    map[protoreflect.FullName]*protogen.Enum{},
		packages: map[protogen.GoImportPath]protogen.GoPackageName{},
	}
	for _, f := range files {
		n.packages[f.GoImportPath] = f.GoPackageName
		n.addEnums(f.Enums)
		n.addMessages(f.Messages)
	}
	return n
}

// Message is a message as the Go generator sees it; nil if it is in none of the files.
func (n *Names) Message(m protoreflect.MessageDescriptor) *protogen.Message {
	return n.messages[m.FullName()]
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

// PackageName is what a Go package of the files is called; "" for any other.
func (n *Names) PackageName(importPath string) string {
	return string(n.packages[protogen.GoImportPath(importPath)])
}

// Type is the name of a message's Go type in its package, which is imported.
func (n *Names) Type(m protoreflect.MessageDescriptor, imports *Imports) (string, error) {
	message := n.Message(m)
	if message == nil {
		return "", fmt.Errorf("%s is in none of the files that the names are of", m.FullName())
	}
	return n.Ident(message.GoIdent, imports), nil
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

// Ident is a generated name with its package, which is imported.
func (n *Names) Ident(ident protogen.GoIdent, imports *Imports) string {
	return imports.Add(string(ident.GoImportPath), string(n.packages[ident.GoImportPath])) + "." + ident.GoName
}
