// Package contracttest compiles contracts that a test writes in its own source.
// It is for tests alone; internal/catalog compiles the contracts of a repository.
package contracttest

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/bufbuild/protocompile"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	// The vocabulary, which contracts import.
	_ "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
)

// Compile compiles files, source text by import path, and fails the test where they
// do not compile. Positions and comments are kept, and options are of the linked Go
// types, as internal/catalog makes them.
func Compile(t testing.TB, files map[string]string) *protoregistry.Files {
	t.Helper()
	set, err := Set(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	out, err := protodesc.NewFiles(set)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Set is what Compile links, each file behind its imports, for files that may be wrong.
// Imports that are not among the files are those that the test's binary links.
func Set(ctx context.Context, files map[string]string) (*descriptorpb.FileDescriptorSet, error) {
	compiler := protocompile.Compiler{
		Resolver: protocompile.CompositeResolver{
			&protocompile.SourceResolver{Accessor: protocompile.SourceAccessorFromMap(files)},
			protocompile.ResolverFunc(linked),
		},
		SourceInfoMode: protocompile.SourceInfoStandard,
	}
	compiled, err := compiler.Compile(ctx, slices.Sorted(maps.Keys(files))...)
	if err != nil {
		return nil, err
	}
	set, seen := &descriptorpb.FileDescriptorSet{}, map[string]bool{}
	for _, f := range compiled {
		appendFile(set, seen, f)
	}
	// The compiler sets options as dynamic messages; read once more from bytes, they
	// are of the linked Go types.
	raw, err := proto.Marshal(set)
	if err != nil {
		return nil, err
	}
	typed := &descriptorpb.FileDescriptorSet{}
	return typed, proto.Unmarshal(raw, typed)
}

func linked(path string) (protocompile.SearchResult, error) {
	fd, err := protoregistry.GlobalFiles.FindFileByPath(path)
	return protocompile.SearchResult{Desc: fd}, err
}

// appendFile adds a file behind its imports.
func appendFile(set *descriptorpb.FileDescriptorSet, seen map[string]bool, f protoreflect.FileDescriptor) {
	if seen[f.Path()] {
		return
	}
	seen[f.Path()] = true
	for i := range f.Imports().Len() {
		appendFile(set, seen, f.Imports().Get(i).FileDescriptor)
	}
	set.File = append(set.File, protodesc.ToFileDescriptorProto(f))
}

// Message is a message of compiled files, by its full name.
func Message(t testing.TB, files *protoregistry.Files, name string) protoreflect.MessageDescriptor {
	t.Helper()
	d, err := files.FindDescriptorByName(protoreflect.FullName(name))
	if err != nil {
		t.Fatal(err)
	}
	m, ok := d.(protoreflect.MessageDescriptor)
	if !ok {
		t.Fatalf("%s is not a message", name)
	}
	return m
}
