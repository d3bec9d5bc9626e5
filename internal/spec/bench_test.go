package spec_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/eventcontracts/eventcontracts/internal/spec"
)

// BenchmarkParse reads texts of 1 KB, 100 KB and 1 MB: MB/s is the same for all if
// it takes time in proportion to the length. The texts stay below the limit of
// fields: larger ones have longer lists of values.
func BenchmarkParse(b *testing.B) {
	for _, size := range []int{1 << 10, 100 << 10, 1 << 20} {
		text := long(size)
		b.Run(fmt.Sprintf("%dKB", size>>10), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := spec.Parse(text, options); err != nil {
					b.Fatal(err)
				}
			}
		})
		broken := strings.ReplaceAll(text, "(", "")
		b.Run(fmt.Sprintf("%dKB-broken", size>>10), func(b *testing.B) {
			b.SetBytes(int64(len(broken)))
			for b.Loop() {
				if _, err := spec.Parse(broken, options); err == nil {
					b.Fatal("accepted")
				}
			}
		})
	}
}

// long is a spec of about size bytes.
func long(size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size-size/8-200; i++ {
		fmt.Fprintf(&b, "user_%d_id (UUID), title_%d (str? >=3 <=500), seen_%d (list[str <=50] <=20), kind_%d (str in[", i, i, i, i)
		for v := range size >> 10 {
			if v > 0 {
				b.WriteByte('|')
			}
			fmt.Fprintf(&b, "value-%d", v)
		}
		b.WriteString("]), ")
	}
	return b.String()
}
