package eventrt_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/eventcontracts/eventcontracts/pkg/eventrt"
)

// The calendar is that of package time, for each day of 400 years, which then repeat, and
// for times anywhere from year 1 to 9999.
func TestTimesAreThoseOfPackageTime(t *testing.T) {
	t.Parallel()
	check := func(at time.Time) {
		t.Helper()
		want := at.Format("2006-01-02T15:04:05.000000000")
		for range 3 { // 0, 3, 6 or 9 digits
			if want[len(want)-3:] != "000" {
				break
			}
			want = want[:len(want)-3]
		}
		if want[len(want)-1] == '.' {
			want = want[:len(want)-1]
		}
		var e eventrt.Encoder
		e.Reset(nil, 1<<20, false)
		e.Time(timestamppb.New(at))
		got, ok := e.Bytes()
		if !ok || string(got) != `"`+want+`Z"` {
			t.Fatalf("%s is written as %s", want, got)
		}
		seconds, nanos, ok := eventrt.ParseTime(got[1:len(got)-1], false)
		if !ok || seconds != at.Unix() || int(nanos) != at.Nanosecond() {
			t.Fatalf("%s is read as %d.%d, %t", got, seconds, nanos, ok)
		}
	}
	for day := range 400*366 + 1 {
		check(time.Date(1600, 1, 1+day, day%24, day%60, day*7%60, day%2*120_000, time.UTC))
	}
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // it has to be repeatable
	for range 100_000 {
		check(time.Unix(r.Int64N(315_537_897_600)-62_135_596_800, int64(r.IntN(1_000_000_000))).UTC())
	}
	check(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC))
	check(time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC))
}
