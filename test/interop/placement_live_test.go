//go:build interop

package interop_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// The recorded placements are those of the clients that are installed.
func TestPlacementsAreAsRecorded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if out, err := exec.Command("placement/record.sh", dir).CombinedOutput(); err != nil {
		t.Fatalf("placement/record.sh: %v\n%s", err, out)
	}
	for _, name := range []string{"placement.java", "placement.aiokafka"} {
		var text [2]string
		for i, dir := range []string{"testdata", dir} {
			b, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			text[i] = string(b)
		}
		if diff := cmp.Diff(text[0], text[1]); diff != "" {
			t.Errorf("%s is not current: run test/interop/placement/record.sh (-recorded +now):\n%s", name, diff)
		}
	}
}

// The same text as key of an aiokafka producer, which the old producer takes
// from the event id, and of the bus, which takes it from the todo id.
func TestOneKeyOfBothProducersIsInOnePartition(t *testing.T) {
	t.Parallel()
	p, old := producer(t), newOldProducer(t)
	seen := map[int32]bool{}
	for range 30 {
		key := uuid.NewString()
		theirs := old.publish(t, "TodoCreated", "1.0", `"event_id": "`+key+`", "title": "x", `+ids)
		ours := publish(t, p, &todov1.TodoCreated{TodoId: key, UserId: userID, Title: "x"}, event.WithID(uuid.NewString()))
		if theirs.Partition != ours.Partition {
			t.Errorf("key %s is in partition %d by aiokafka and in %d by the bus", key, theirs.Partition, ours.Partition)
		}
		seen[ours.Partition] = true
	}
	if len(seen) != 3 {
		t.Errorf("30 keys went to partitions %v alone", seen)
	}
}
