package codec_test

import (
	"fmt"
	"math"
	"testing"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/types/known/timestamppb"

	flatv1 "github.com/eventcontracts/eventcontracts/test/codec/torture/flat/v1"
)

// A field of a message's rule oneof ignores its zero value, unless it says IGNORE_UNSPECIFIED
// itself: generated code once ignored that too.
func TestIgnoredValuesOfMessageOneofs(t *testing.T) {
	t.Parallel()
	agreed := 0
	for _, ignored := range []int32{0, 1, 4} {
		for _, judged := range []int32{0, 1, 4} {
			for _, text := range []string{"", "a", "ab"} {
				msg := &flatv1.Either{Ignored: ignored, Judged: judged, Text: text}
				set := 0
				for _, is := range []bool{ignored != 0, judged != 0, text != ""} {
					if is {
						set++
					}
				}
				if set > 1 {
					continue // the rule of the message is the reference's
				}
				valid, err := msg.Event_codec().Valid(msg), protovalidate.Validate(msg)
				if valid != (err == nil) {
					t.Errorf("%v: valid is %t for generated code, and for protovalidate: %v", msg, valid, err)
				}
				if valid {
					agreed++
				}
			}
		}
	}
	if agreed == 0 {
		t.Error("nothing is valid: this proves little")
	}
}

// A Timestamp whose nanoseconds are more than a second, or negative, is compared as the time
// that it amounts to. It cannot be written, but readers of protobuf and tests validate it.
func TestTimesThatAreNotNormal(t *testing.T) {
	t.Parallel()
	valid := 0
	for _, seconds := range []int64{-3, -1, 0, 1, 2, 3} {
		for _, nanos := range []int32{math.MinInt32, -2_000_000_000, -1_000_000_000, -1, 0, 5, 999_999_999, 1_000_000_000, 2_000_000_000, math.MaxInt32} {
			at := &timestamppb.Timestamp{Seconds: seconds, Nanos: nanos}
			for name, msg := range map[string]*flatv1.Rules{"after": {After: at}, "between": {Between: at}, "not_between": {NotBetween: at}} {
				msg.Must = &flatv1.Rules_N{N: 1}
				if !msg.Event_codec().Valid(msg) {
					continue
				}
				valid++
				if err := protovalidate.Validate(msg); err != nil {
					t.Errorf("%s: %s is valid for generated code, and for protovalidate: %v", name, fmt.Sprint(at), err)
				}
			}
		}
	}
	if valid == 0 {
		t.Error("nothing is valid: this proves little")
	}
}
