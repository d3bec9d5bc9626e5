package release

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/eventcontracts/eventcontracts/internal/catalog"
	"github.com/eventcontracts/eventcontracts/internal/contractlock"
	"github.com/eventcontracts/eventcontracts/internal/contractrepo"
)

// ErrUnchanged says that contracts are what was released last.
var ErrUnchanged = errors.New("nothing changed")

// Freeze is the files of a new release, by their paths below the root. Records of a
// version that an earlier release has are not among them: they stay as they are. The
// contracts must be sound; last is nil for the first release.
func Freeze(e *catalog.Examined, name string, date time.Time, last *Release) (map[string][]byte, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	raw, err := image(e.Set)
	if err != nil {
		return nil, err
	}
	if last != nil && last.image == checksum(raw) {
		return nil, fmt.Errorf("%w since release %s: services are built from what is there", ErrUnchanged, last.Name)
	}
	files, err := records(e)
	if err != nil {
		return nil, err
	}
	dir := Dir + "/" + name + "/"
	after := ""
	if last != nil {
		after = "after: " + last.Name + "\n"
	}
	files[dir+manifestFile] = fmt.Appendf(nil, "# Written by eventctl release, and never changed: services were built from it.\nformat: %d\ndate: %s\n%simage: %s\n",
		format, date.UTC().Format(time.DateOnly), after, checksum(raw))
	files[dir+contractlock.File] = e.Lock.Bytes()
	files[dir+imageFile] = raw
	return files, nil
}

// image is compiled contracts in binary: without protobuf's own files and without those
// that the toolkit lends, in the order of names. Of comments it keeps those of messages
// and enums, and of places where declarations begin, which findings name.
func image(set *descriptorpb.FileDescriptorSet) ([]byte, error) {
	out := &descriptorpb.FileDescriptorSet{}
	for _, f := range set.File {
		if strings.HasPrefix(f.GetName(), "google/protobuf/") || slices.Contains(contractrepo.Lent, f.GetName()) {
			continue
		}
		f = proto.CloneOf(f)
		var kept []*descriptorpb.SourceCodeInfo_Location
		for _, l := range f.GetSourceCodeInfo().GetLocation() {
			if isDeclaration(l.Path) {
				place := &descriptorpb.SourceCodeInfo_Location{Path: l.Path, Span: l.Span}
				if len(l.Path) == 2 { // an event without one is not sound
					place.LeadingComments = l.LeadingComments
				}
				kept = append(kept, place)
			}
		}
		f.SourceCodeInfo = &descriptorpb.SourceCodeInfo{Location: kept}
		out.File = append(out.File, f)
	}
	slices.SortFunc(out.File, func(a, b *descriptorpb.FileDescriptorProto) int { return strings.Compare(a.GetName(), b.GetName()) })
	raw, err := proto.MarshalOptions{Deterministic: true, AllowPartial: true}.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("write the image: %w", err)
	}
	return raw, nil
}

// isDeclaration reports whether a source path is that of a message, field, enum, value or
// oneof, whose length is even, or of an option of the file, which declares topics.
func isDeclaration(path []int32) bool {
	const fileOptions = 8 // the field's number in FileDescriptorProto
	return len(path) > 0 && (len(path)%2 == 0 || path[0] == fileOptions)
}
