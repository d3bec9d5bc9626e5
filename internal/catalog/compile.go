package catalog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/reporter"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/eventcontracts/eventcontracts/internal/contractrepo"

	// Linked for lend, and so that the options of descriptors are read as these types.
	_ "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	_ "github.com/eventcontracts/eventcontracts/gen/eventcontracts/v1"
)

// compile compiles every .proto file of the modules, with protocompile instead of
// protoc or buf, which need not be installed. Mistakes in files are problems, all at
// once; the error is for what keeps it from compiling at all. What is compiled already
// is taken as it is.
func compile(ctx context.Context, repo *contractrepo.Repo, done *compiled) (*descriptorpb.FileDescriptorSet, []Problem, error) {
	var names []string
	seen := map[string]string{}
	for _, m := range repo.Modules {
		for _, f := range m.Files {
			// Imports name a file by this path alone, so that the compiler would take
			// one of the two for both.
			if first, ok := seen[f]; ok {
				return nil, nil, fmt.Errorf("contracts: %s is in %s and in %s: an import path must be unique in a workspace", f, repo.Abs(first), repo.Abs(m.Dir))
			}
			seen[f] = m.Dir
			if !done.has(f) {
				names = append(names, f)
			}
		}
	}
	if len(seen) == 0 {
		return nil, nil, fmt.Errorf("contracts: %s holds no .proto files: give the directory of your contracts with --contracts", repo.Root)
	}
	var (
		mu       sync.Mutex
		problems []Problem
	)
	// A file is looked for in the modules, then among those that are lent, and then among
	// protobuf's own (google/protobuf/*): what contracts vendor is what they get.
	compiler := protocompile.Compiler{
		Resolver: protocompile.WithStandardImports(protocompile.CompositeResolver{
			done.before(&protocompile.SourceResolver{Accessor: opener(repo)}),
			protocompile.ResolverFunc(lend),
		}),
		SourceInfoMode: protocompile.SourceInfoStandard, // comments, and lines for problems
		Reporter: reporter.NewReporter(func(err reporter.ErrorWithPos) error {
			mu.Lock()
			defer mu.Unlock()
			pos := err.GetPosition()
			problems = append(problems, compilerProblem(pos.Filename, pos.Line, err.Unwrap()))
			return nil // an error would end the compilation at the first mistake
		}, nil),
	}
	files, err := compiler.Compile(ctx, names...)
	// An import that nobody has is not reported: the compiler returns it, with the place
	// of the import. The error of the first resolver counts, which looked for a file.
	var (
		at      reporter.ErrorWithPos
		missing *fs.PathError
	)
	if errors.As(err, &at) && errors.As(err, &missing) {
		pos := at.GetPosition()
		problems = append(problems, missingImport(pos.Filename, pos.Line, missing.Path))
	}
	if bad := notUTF8(repo); len(bad) > 0 {
		problems = slices.DeleteFunc(problems, func(p Problem) bool {
			return slices.ContainsFunc(bad, func(b Problem) bool { return b.File == p.File })
		})
		problems = append(problems, bad...)
	}
	if len(problems) > 0 {
		return nil, oncePerImport(problems), nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("contracts: compile: %w", err)
	}
	set := &descriptorpb.FileDescriptorSet{}
	added := done.all()
	for _, f := range files {
		appendFile(set, added, f)
	}
	if problems := bytesInText(set); len(problems) > 0 {
		return nil, problems, nil
	}
	if set, err = retype(set); err == nil && done != nil {
		set.File = append(slices.Clone(done.set.File), set.File...)
	}
	return set, nil, err
}

// opener reads the files that the compiler looks for, as they will be. A file that
// buf.yaml leaves out cannot be imported either.
func opener(repo *contractrepo.Repo) func(string) (io.ReadCloser, error) {
	var total atomic.Int64
	return func(imported string) (io.ReadCloser, error) {
		name, ok := repo.Lies(imported)
		if !ok {
			return nil, &fs.PathError{Op: "open", Path: imported, Err: fs.ErrNotExist}
		}
		text, err := repo.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if total.Add(int64(len(text))) > contractrepo.MaxTotal {
			return nil, fmt.Errorf("the .proto files have more than %d MiB together: give the directory of your contracts with --contracts", contractrepo.MaxTotal>>20)
		}
		if line := tooDeep(text); line > 0 {
			return nil, fmt.Errorf("%s:%d: braces are nested more than %d times: the compiler's memory grows with the square of their depth", name, line, maxNesting)
		}
		return io.NopCloser(bytes.NewReader(text)), nil
	}
}

// lend resolves contractrepo.Lent from those that are linked into this program. Their
// version is this program's: contracts that need another one have to vendor it. What is
// lent is linked again by the compiler, with the imports that it finds for it: contracts
// may vendor one of those, such as descriptor.proto, and there would be two of it.
func lend(path string) (protocompile.SearchResult, error) {
	for _, f := range contractrepo.Lent {
		if f == path {
			fd, err := protoregistry.GlobalFiles.FindFileByPath(path)
			if err != nil {
				return protocompile.SearchResult{}, err
			}
			return protocompile.SearchResult{Proto: protodesc.ToFileDescriptorProto(fd)}, nil
		}
	}
	return protocompile.SearchResult{}, protoregistry.NotFound
}

// appendFile adds a file behind its imports, the order in which protoc and buf write a
// set. A file that the compiler made has its descriptor at hand, positions included;
// that of a lent one is made from Go's linked descriptor.
func appendFile(set *descriptorpb.FileDescriptorSet, added map[string]bool, f protoreflect.FileDescriptor) {
	if added[f.Path()] {
		return
	}
	added[f.Path()] = true
	for i := range f.Imports().Len() {
		appendFile(set, added, f.Imports().Get(i).FileDescriptor)
	}
	var fd *descriptorpb.FileDescriptorProto
	if own, ok := f.(interface {
		FileDescriptorProto() *descriptorpb.FileDescriptorProto
	}); ok {
		fd = own.FileDescriptorProto()
	} else {
		fd = protodesc.ToFileDescriptorProto(f)
	}
	set.File = append(set.File, fd)
}

// retype parses the descriptors once more, because the compiler sets options as
// dynamic messages: afterwards the linked Go types hold them, which proto.GetExtension
// needs. It allows partial messages: required fields of somebody's own options are not
// checked here.
func retype(set *descriptorpb.FileDescriptorSet) (*descriptorpb.FileDescriptorSet, error) {
	raw, err := proto.MarshalOptions{AllowPartial: true}.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("contracts: write descriptors: %w", err)
	}
	typed := &descriptorpb.FileDescriptorSet{}
	if err := (proto.UnmarshalOptions{AllowPartial: true}).Unmarshal(raw, typed); err != nil {
		return nil, fmt.Errorf("contracts: read descriptors: %w", err)
	}
	return typed, nil
}

// link makes descriptors of a set. What the set lacks is lent where possible,
// so that an image built without imports can be read if it needs only what is linked
// into this program: the vocabulary and protobuf's own files. Types are resolved within
// the set alone: two catalogs in one process do not see each other's.
func link(set *descriptorpb.FileDescriptorSet) (*protoregistry.Files, error) {
	have := map[string]bool{}
	for _, f := range set.File {
		have[f.GetName()] = true
	}
	for i := 0; i < len(set.File); i++ {
		for _, dep := range set.File[i].Dependency {
			if have[dep] {
				continue
			}
			fd, err := protoregistry.GlobalFiles.FindFileByPath(dep)
			if errors.Is(err, protoregistry.NotFound) {
				return nil, fmt.Errorf("contracts: %s imports %s, which the image does not hold: build it with its imports (buf build -o FILE)", set.File[i].GetName(), dep)
			}
			if err != nil {
				return nil, fmt.Errorf("contracts: %w", err)
			}
			appendFile(set, have, fd)
		}
	}
	files, err := protodesc.NewFiles(set)
	if err != nil {
		return nil, fmt.Errorf("contracts: link descriptors: %w", err)
	}
	return files, nil
}
