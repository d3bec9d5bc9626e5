package contractlock_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/contractlock"
)

var lock = contractlock.Lock{
	{"OrderPlaced", "1.2", "orders", "order_id", "envelope", "0123456789abcdef"},
	{"OrderPlaced", "2.0", "orders", "order.id", "envelope", "1123456789abcdef"},
	{"com.shop order", "1.0", "shop", "", "cloudevents-binary", "2123456789abcdef"},
}

func TestALockIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	got, err := contractlock.Parse(lock.Bytes())
	if diff := cmp.Diff(lock, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	if p := contractlock.Check(lock.Bytes(), lock); p != nil {
		t.Error(p)
	}
}

// Each way in which a lock can be wrong is named with its line, and with what to do.
func TestAWrongLockIsNamed(t *testing.T) {
	t.Parallel()
	text := string(lock.Bytes())
	replace := func(old, with string) string {
		if !strings.Contains(text, old) {
			t.Fatalf("the lock has no %q", old)
		}
		return strings.Replace(text, old, with, 1)
	}
	rows := map[string]struct{ text, want string }{
		"empty":           {"", `contracts.lock:1: it does not begin with`},
		"newer":           {replace("format 1", "format 2"), "contracts.lock:1: it has format 2, and this eventctl knows formats up to 1: use a newer eventctl"},
		"merge conflict":  {replace("OrderPlaced 1.2", "<<<<<<< HEAD\nOrderPlaced 1.2"), "contracts.lock:4: a merge conflict is in it: merge the .proto files, then run eventctl generate"},
		"conflict's rest": {replace("OrderPlaced 2.0", "=======\nOrderPlaced 2.0"), "contracts.lock:5: a merge conflict"},
		"digest edited":   {replace("0123456789abcdef", "0123456789abcdee"), "contracts.lock:4: it has OrderPlaced 1.2 with digest 0123456789abcdee, and the contract is 1.2 with digest 0123456789abcdef: run eventctl generate"},
		"stale":           {replace("1.2", "1.1"), "contracts.lock:4: it has OrderPlaced 1.1 with digest 0123456789abcdef, and the contract is 1.2"},
		"topic edited":    {replace("orders order_id", "order order_id"), "it lacks OrderPlaced 1.2"},
		"key edited":      {replace("order_id", "id"), "contracts.lock:4: it has another topic, key or format of OrderPlaced 1.2 than the contract, whose topic is orders, key order_id and format envelope"},
		"not a line":      {replace("2123456789abcdef", "none"), "contracts.lock:6: "},
		"word missing":    {replace(" envelope 0", " 0"), "contracts.lock:4: \"OrderPlaced 1.2 orders order_id"},
		"line twice":      {text + lock[0].String() + "\n", "contracts.lock:7: OrderPlaced 1.2 is there twice"},
		"event gone":      {text + "Gone 1.0 orders - flat 3123456789abcdef\n", "contracts.lock:7: it has Gone 1.0, which is not a contract any more"},
		"event missing":   {replace(lock[1].String()+"\n", ""), "contracts.lock: it lacks OrderPlaced 2.0: run eventctl generate"},
		"comment edited":  {replace("never edit it", "edit it"), "it is not as eventctl writes it"},
		"reordered":       {replace("OrderPlaced 1.2", "#\nOrderPlaced 1.2"), "it is not as eventctl writes it"},
	}
	for name, row := range rows {
		if p := contractlock.Check([]byte(row.text), lock); p == nil || !strings.Contains(p.Error(), row.want) {
			t.Errorf("%s: %v, want %q", name, p, row.want)
		}
	}
}
