// Command protovalidate answers protovalidate's conformance suite as package event answers
// for payloads: generated code says what surely keeps its rules, and the reference judges
// the rest. It is a module of its own, so that nobody who uses this project gets the suite.
//
// run.sh generates the suite's messages, with codecs, into work, and generated.go, which
// links them. Without that there are none here: it compiles, and every case fails.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/eventcontracts/eventcontracts/internal/gencodec"
	"github.com/eventcontracts/eventcontracts/internal/validator"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "protovalidate:", err)
		os.Exit(1)
	}
}

// harness is the package of the suite's own messages.
const harness = "buf.validate.conformance.harness."

// run reads a TestConformanceRequest and writes a TestConformanceResponse.
func run() error {
	raw, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	request, err := newMessage(harness + "TestConformanceRequest")
	if err != nil {
		return err
	}
	if err := proto.Unmarshal(raw, request.Interface()); err != nil {
		return err
	}
	response, err := newMessage(harness + "TestConformanceResponse")
	if err != nil {
		return err
	}
	v, err := validator.New(protoregistry.GlobalTypes)
	if err != nil {
		return err
	}
	results := response.Mutable(response.Descriptor().Fields().ByName("results")).Map()
	sure := 0
	cases := request.Get(request.Descriptor().Fields().ByName("cases")).Map()
	cases.Range(func(name protoreflect.MapKey, c protoreflect.Value) bool {
		result := results.NewValue()
		field, value := "unexpected_error", protoreflect.ValueOfString("the case is not an Any")
		if packed, ok := c.Message().Interface().(*anypb.Any); ok {
			var byCode bool
			field, value, byCode = judge(v, packed)
			if byCode {
				sure++
			}
		}
		result.Message().Set(result.Message().Descriptor().Fields().ByName(protoreflect.Name(field)), value)
		results.Set(name, result)
		return true
	})
	fmt.Fprintf(os.Stderr, "%d of %d cases are valid by generated code\n", sure, cases.Len())
	raw, err = proto.Marshal(response.Interface())
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(raw)
	return err
}

// newMessage is an empty message of a linked type.
func newMessage(name protoreflect.FullName) (protoreflect.Message, error) {
	t, err := protoregistry.GlobalTypes.FindMessageByName(name)
	if err != nil {
		return nil, fmt.Errorf("run test/protovalidate/run.sh, which links the suite's messages: %w", err)
	}
	return t.New(), nil
}

// judge is the result of one case, as a field of TestResult, and whether generated code
// alone was sure.
func judge(v *validator.Validator, packed *anypb.Any) (field string, value protoreflect.Value, sure bool) {
	msg, err := packed.UnmarshalNew()
	if err != nil {
		return "unexpected_error", protoreflect.ValueOfString(err.Error()), false
	}
	if c := gencodec.Of(msg.ProtoReflect().Type()); c != nil && c.Keeps(v, msg) {
		return "success", protoreflect.ValueOfBool(true), true
	}
	var (
		bad     *protovalidate.ValidationError
		wrong   *protovalidate.CompilationError
		runtime *protovalidate.RuntimeError
	)
	switch err := v.Validate(msg); {
	case err == nil:
		return "success", protoreflect.ValueOfBool(true), false
	case errors.As(err, &bad):
		return "validation_error", protoreflect.ValueOfMessage(bad.ToProto().ProtoReflect()), false
	case errors.As(err, &wrong):
		return "compilation_error", protoreflect.ValueOfString(err.Error()), false
	case errors.As(err, &runtime):
		return "runtime_error", protoreflect.ValueOfString(err.Error()), false
	default:
		return "unexpected_error", protoreflect.ValueOfString(err.Error()), false
	}
}
