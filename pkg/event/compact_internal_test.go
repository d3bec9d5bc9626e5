package event

import (
	"bytes"
	"encoding/json"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"
)

// Which blanks protojson writes is decided when a program is built: a test of Encode
// would see only those of its own build.
func TestCompactRemovesTheBlanksOfEveryBuild(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{}`, `{"a":1}`, `{"a":1, "b":[1, 2, {"c":"x, y"}], "d":"\\", "e":"\", \""}`,
		`{"a":"ü, 🥛, \u2028", "":" ", "b":null}`, ` [ 1 , 2 ] `, "{\n\t\"a\" : {\r\n} }", `"a b"`, ``, ` `,
	} {
		var want bytes.Buffer
		if err := json.Compact(&want, []byte(text)); err != nil {
			want.Reset() // of what is not JSON nothing is left
		}
		if got := compact([]byte(text)); string(got) != want.String() {
			t.Errorf("compact(%s) = %s, want %s", text, got, want.String())
		}
	}
}

// What makes the bytes of a payload compact, beside what writes them:
// BenchmarkEncode has both.
func BenchmarkCompact(b *testing.B) {
	v, err := structpb.NewStruct(map[string]any{"todo_id": "75c3a7cf-305a-4632-99f7-e2a7eeb089cb", "title": "Buy milk, bread and something for dinner", "n": 5, "due": "2026-12-24T18:30:00Z"})
	if err != nil {
		b.Fatal(err)
	}
	raw, err := protojson.Marshal(v)
	if err != nil {
		b.Fatal(err)
	}
	raw = bytes.ReplaceAll(raw, []byte(`,"`), []byte(`, "`))
	b.SetBytes(int64(len(raw)))
	buf := make([]byte, len(raw))
	for b.Loop() {
		copy(buf, raw)
		compact(buf)
	}
}
