package topicsync_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/catalog/topicplan"
	"github.com/eventcontracts/eventcontracts/internal/topicsync"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	wanted := topicplan.Topic{Name: "todos", Partitions: 3, Replicas: 2, Config: map[string]string{"retention.ms": "1000", "cleanup.policy": "delete"}}
	settings := map[string]string{"retention.ms": "1000", "cleanup.policy": "delete", "segment.ms": "5"}
	for _, row := range []struct {
		name   string
		have   map[string]topicsync.Existing
		action topicsync.Action
		differ []topicsync.Difference
		error  string
	}{
		{name: "missing", action: topicsync.Missing},
		{
			name: "as wanted, with a setting that nobody asked for", action: topicsync.Exists,
			have: map[string]topicsync.Existing{"todos": {Partitions: 3, Replicas: 2, Settings: settings}},
		},
		{
			name: "different", action: topicsync.Differs,
			have: map[string]topicsync.Existing{"todos": {Partitions: 4, Replicas: 1, Settings: map[string]string{"retention.ms": "1000", "cleanup.policy": "compact"}}},
			differ: []topicsync.Difference{
				{Setting: "partitions", Have: "4", Want: "3"}, {Setting: "replicas", Have: "1", Want: "2"}, {Setting: "cleanup.policy", Have: "compact", Want: "delete"},
			},
		},
		{
			name: "settings that are not known", action: topicsync.Exists,
			have: map[string]topicsync.Existing{"todos": {Partitions: 3, Replicas: 2}},
		},
		{
			name: "settings that cannot be read", action: topicsync.Exists, error: "its settings cannot be read: no right",
			have: map[string]topicsync.Existing{"todos": {Partitions: 3, Replicas: 2, SettingsErr: errors.New("no right")}},
		},
		{
			name: "partitions that are not known", action: topicsync.Differs,
			have:   map[string]topicsync.Existing{"todos": {Settings: settings}},
			differ: []topicsync.Difference{{Setting: "partitions", Have: "0", Want: "3"}},
		},
		{name: "another topic", action: topicsync.Missing, have: map[string]topicsync.Existing{"people": {Partitions: 3}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			want := []*topicsync.State{{Topic: wanted, Action: row.action, Differences: row.differ, Error: row.error}}
			if diff := cmp.Diff(want, topicsync.Compare([]topicplan.Topic{wanted}, row.have)); diff != "" {
				t.Errorf("states (-want +got):\n%s", diff)
			}
		})
	}
}
