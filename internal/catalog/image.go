package catalog

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/eventcontracts/eventcontracts/internal/inputfile"
)

// maxImageBytes bounds an image, and what a compressed one may unpack to. An image
// of 26 events with its imports has 340 KiB, not compressed.
const maxImageBytes = 256 << 20

// readImage reads what `buf build -o FILE` or `protoc -o FILE` wrote: binary or
// JSON by the name's ending, gzipped if it ends in .gz.
func readImage(path string) (*descriptorpb.FileDescriptorSet, error) {
	raw, err := inputfile.Read(path, maxImageBytes)
	if err != nil {
		return nil, fmt.Errorf("contracts: %w", err)
	}
	name := path
	if strings.HasSuffix(name, ".gz") {
		if raw, err = gunzip(raw); err != nil {
			return nil, fmt.Errorf("contracts: unpack image %s: %w", path, err)
		}
		name = strings.TrimSuffix(name, ".gz")
	}
	// An image is a FileDescriptorSet with fields of buf's own in each file. In binary
	// they are kept as unknown, in JSON they have to be discarded.
	set := &descriptorpb.FileDescriptorSet{}
	if filepath.Ext(name) == ".json" {
		err = protojson.UnmarshalOptions{AllowPartial: true, DiscardUnknown: true}.Unmarshal(raw, set)
	} else {
		err = proto.UnmarshalOptions{AllowPartial: true}.Unmarshal(raw, set)
	}
	if err == nil && len(set.File) == 0 {
		err = errors.New("it does not hold any files")
	}
	if err != nil {
		return nil, fmt.Errorf("contracts: %s is not an image (build one with buf build -o FILE, as .binpb or .json): %w", path, err)
	}
	// protobuf takes many other messages for a descriptor set, with fields that it
	// does not know.
	for _, f := range set.File {
		if f.GetName() == "" {
			return nil, fmt.Errorf("contracts: %s is not an image, because it is not a descriptor set: build one with buf build -o FILE", path)
		}
	}
	return set, nil
}

// gunzip unpacks up to maxImageBytes: a small file can unpack to any size.
func gunzip(raw []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(r, maxImageBytes+1))
	if err != nil {
		return nil, err
	}
	if len(out) > maxImageBytes {
		return nil, fmt.Errorf("it unpacks to more than %d MiB", maxImageBytes>>20)
	}
	return out, nil
}
