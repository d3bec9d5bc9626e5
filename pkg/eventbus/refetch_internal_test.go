package eventbus

import (
	"testing"
	"testing/synctest"
	"time"
)

// A partition whose fetches unpack to hundreds of MB was paused after 5 ms, and each
// time fetched and unpacked again: 167 records in 30 s, where 2,502 take 17 s.
func TestC8_APauseThatCostsMuchIsPutOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var r refetch
		want := func(what string, d time.Duration) {
			t.Helper()
			if got := r.patience(); got != d {
				t.Errorf("%s: waits %s, want %s", what, got, d)
			}
		}
		resume := func(took time.Duration) {
			r.resume(time.Now())
			time.Sleep(took) //nolint:forbidigo // virtual time
			r.record()
			r.record() // only the first one counts
		}
		want("nothing is known", briefly)
		resume(time.Millisecond)
		want("fetching is quick", briefly)
		resume(50 * time.Millisecond)
		want("fetching took 50 ms", 150*time.Millisecond)
		r.waited = 100 * time.Millisecond
		want("of that it has waited 100 ms", 50*time.Millisecond)
		r.waited = time.Second
		want("it has waited for longer", briefly)
		resume(time.Second)
		want("fetching took 1 s", patience)
		r.waited = 2900 * time.Millisecond
		want("of that it has waited 2.9 s", 100*time.Millisecond)
		resume(time.Hour)
		r.waited = refetchShare*longestRefetch - briefly
		want("nothing was there to fetch, and nobody said so", briefly)
		resume(time.Millisecond)
		r.resume(time.Now())
		r.end()
		time.Sleep(time.Hour) //nolint:forbidigo // virtual time
		r.record()
		want("at the end of the log it waits for new records", briefly)
	})
}
