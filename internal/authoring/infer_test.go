package authoring_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eventcontracts/eventcontracts/internal/authoring"
)

// What is not said follows from the contracts that there are.
func TestInference(t *testing.T) {
	t.Parallel()
	dir := contracts(t, map[string]string{
		"buf.yaml":                                          buf,
		"proto/events/todo/v1/topics.proto":                 topics("events.todo.v1", "todos"),
		"proto/events/todo/v1/todo_created.proto":           event("events.todo.v1", "TodoCreated", "todos", "team-todo", "events/todo/v1/topics.proto"),
		"proto/events/todo_list/v1/topics.proto":            topics("events.todo_list.v1", "lists", "todo_lists"),
		"proto/events/todo_list/v1/todo_list_created.proto": event("events.todo_list.v1", "TodoListCreated", "lists", "team-a", "events/todo_list/v1/topics.proto"),
		"proto/events/todo_list/v1/todo_list_shared.proto":  event("events.todo_list.v1", "TodoListShared", "todo_lists", "team-b", "events/todo_list/v1/topics.proto"),
		"proto/events/categories/v1/topics.proto":           topics("events.categories.v1", "categories"),
		"proto/events/mixed/v1/topics.proto":                topics("events.mixed.v1", "one", "two"),
		"proto/events/mixed/v1/mixed_one.proto":             event("events.mixed.v1", "MixedOne", "one", "team-m", "events/mixed/v1/topics.proto"),
		"proto/events/mixed/v1/mixed_two.proto":             event("events.mixed.v1", "MixedTwo", "two", "team-m", "events/mixed/v1/topics.proto"),
		"services.yaml":                                     "- service: billing\n  owner: team-billing\n  publishes: [TodoCreated]\n",
	})
	for name, row := range map[string]struct {
		typ, spec string
		ask       authoring.NewEvent
		want      string // domain topic key owner file, or the beginning of an error
	}{
		"longest domain":           {"TodoListCleared", "todo_list_id (UUID), id (UUID)", authoring.NewEvent{}, "todo_list todo_lists todo_list_id team-todo-list proto/events/todo_list/v1/todo_list_cleared.proto"},
		"shorter domain":           {"TodoListless", "id (UUID)", authoring.NewEvent{}, "todo todos id team-todo proto/events/todo/v1/todo_listless.proto"},
		"not in a word":            {"TodosCleared", "id (UUID)", authoring.NewEvent{}, "todos todos id team-todos proto/events/todos/v1/todos_cleared.proto"},
		"the domain alone":         {"Todo", "id (UUID)", authoring.NewEvent{}, "todo todos id team-todo proto/events/todo/v1/todo.proto"},
		"plural domain":            {"CategoryAdded", "category_id (UUID), user_id (UUID)", authoring.NewEvent{}, "categories categories category_id team-categories proto/events/categories/v1/category_added.proto"},
		"new domain":               {"BoxPacked", "box_id (str), n (int)", authoring.NewEvent{}, "box boxes box_id team-box proto/events/box/v1/box_packed.proto"},
		"new domain, y":            {"CompanyFounded", "id (int64)", authoring.NewEvent{}, "company companies id team-company proto/events/company/v1/company_founded.proto"},
		"key before id":            {"TodoSplit", "id (UUID), todo_id (UUID)", authoring.NewEvent{}, "todo todos todo_id team-todo proto/events/todo/v1/todo_split.proto"},
		"the only UUID":            {"TodoSplit", "by (UUID), at (datetime)", authoring.NewEvent{}, "todo todos by team-todo proto/events/todo/v1/todo_split.proto"},
		"optional UUIDs are none":  {"TodoSplit", "by (UUID?), to (UUID)", authoring.NewEvent{}, "todo todos to team-todo proto/events/todo/v1/todo_split.proto"},
		"two UUIDs":                {"TodoSplit", "by (UUID), to (UUID)", authoring.NewEvent{}, "! several fields may be the key, by which Kafka keeps events in order: choose one of by, to by --key"},
		"no UUID and one text":     {"TodoSplit", "by (str), n (float)", authoring.NewEvent{}, "! no field is an id, so that nothing says which is the key, by which Kafka keeps events in order: say --key by or --unkeyed"},
		"no UUID":                  {"TodoSplit", "by (str), n (int), to (str?)", authoring.NewEvent{}, "! several fields may be the key, by which Kafka keeps events in order: choose one of by, n by --key"},
		"nothing":                  {"TodoSplit", "at (datetime), to (str?)", authoring.NewEvent{}, "! no field can be the key"},
		"two topics":               {"MixedThree", "id (UUID)", authoring.NewEvent{}, "! the events of the domain mixed are on the topics one, two: choose one by --topic"},
		"one of two topics":        {"MixedThree", "id (UUID)", authoring.NewEvent{Topic: "two"}, "mixed two id team-m proto/events/mixed/v1/mixed_three.proto"},
		"owner of the publisher":   {"BoxPacked", "id (UUID)", authoring.NewEvent{Publisher: "billing"}, "box boxes id team-billing proto/events/box/v1/box_packed.proto"},
		"owner of the domain":      {"TodoSplit", "id (UUID)", authoring.NewEvent{Publisher: "billing"}, "todo todos id team-todo proto/events/todo/v1/todo_split.proto"},
		"given":                    {"BoxPacked", "a (str), id (UUID)", authoring.NewEvent{Domain: "todo", Topic: "lists", Key: "a", Owner: "x", Major: 3}, "todo lists a x proto/events/todo/v3/box_packed.proto"},
		"unkeyed":                  {"TodoSplit", "at (datetime)", authoring.NewEvent{Unkeyed: true}, "todo todos none team-todo proto/events/todo/v1/todo_split.proto"},
		"keywords":                 {"TypeRange", "type (str), func (int), message (UUID), range (bool?), import (str?)", authoring.NewEvent{Domain: "func", Key: "type"}, "func funcs type team-func proto/events/func/v1/type_range.proto"},
		"a word that Go excludes":  {"TodoTest", "id (UUID)", authoring.NewEvent{}, "todo todos id team-todo proto/events/todo/v1/todo_test_event.proto"},
		"capitals":                 {"HTTPServerStarted", "id (UUID)", authoring.NewEvent{}, "http https id team-http proto/events/http/v1/http_server_started.proto"},
		"names that packages have": {"TodoSplit", "id (UUID), google (datetime), buf (str), events (dict), eventcontracts (str? = x), todo (duration)", authoring.NewEvent{}, "todo todos id team-todo proto/events/todo/v1/todo_split.proto"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := row.ask
			r.Type, r.Spec = row.typ, row.spec
			if r.Major == 0 {
				r.Major = 1
			}
			c, err := open(t, dir).New(t.Context(), r)
			if want, refused := strings.CutPrefix(row.want, "! "); refused {
				var mistake *authoring.Mistake
				if !errors.As(err, &mistake) || !strings.HasPrefix(err.Error(), want) {
					t.Errorf("New: %v, want %s", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range c.Facts {
				if f.Name != "publisher" {
					got = append(got, f.Value)
				}
			}
			file, _, _ := c.After.Location(c.Contract.Descriptor)
			if diff := cmp.Diff(row.want, strings.Join(append(got, file), " ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			key := c.Contract.KeyPath
			if c.Contract.Unkeyed {
				key = "none"
			}
			if said := strings.Fields(row.want); said[1] != c.Contract.Topic.Name || said[2] != key || said[3] != c.Contract.Owner {
				t.Errorf("the contract has topic %s, key %s and owner %s", c.Contract.Topic.Name, key, c.Contract.Owner)
			}
		})
	}
}

// Contracts are laid out as those that there are.
func TestLayout(t *testing.T) {
	t.Parallel()
	withGo := func(text, option string) string {
		return strings.Replace(text, "\n// ", "\noption go_package = \""+option+"\";\n\n// ", 1)
	}
	for name, row := range map[string]struct {
		files map[string]string
		want  string
		goPkg string
	}{
		"nothing":         {map[string]string{"buf.yaml": buf, "proto/.keep": ""}, "proto/events/box/v1/box_packed.proto", ""},
		"no modules":      {map[string]string{"buf.yaml": "version: v2\n"}, "events/box/v1/box_packed.proto", ""},
		"vendored beside": {map[string]string{"buf.yaml": "version: v2\nmodules:\n  - path: third_party\n  - path: api\n", "third_party/eventcontracts/v1/options.proto": ours(t, "proto/eventcontracts/v1/options.proto"), "third_party/buf/validate/validate.proto": ours(t, "third_party/protovalidate/buf/validate/validate.proto"), "api/.keep": ""}, "api/events/box/v1/box_packed.proto", ""},
		"another prefix":  {map[string]string{"buf.yaml": buf, "proto/acme/shop/order/v1/topics.proto": topics("acme.shop.order.v1", "orders")}, "proto/acme/shop/box/v1/box_packed.proto", ""},
		"no prefix":       {map[string]string{"buf.yaml": buf, "proto/order/v1/topics.proto": topics("order.v1", "orders")}, "proto/box/v1/box_packed.proto", ""},
		"another module":  {map[string]string{"buf.yaml": "version: v2\nmodules:\n  - path: proto\n  - path: events\n", "proto/x.proto": "syntax = \"proto3\";\n", "events/order/v1/topics.proto": topics("order.v1", "orders")}, "events/box/v1/box_packed.proto", ""},
		"go_package":      {map[string]string{"buf.yaml": buf, "proto/shop/order/v1/order_paid.proto": withGo(strings.Replace(event("shop.order.v1", "OrderPaid", "orders", "a", ""), "// OrderPaid is", strings.SplitAfter(topics("x", "orders"), "options.proto\";\n\n")[1]+"\n// OrderPaid is", 1), "example.com/gen/shop/order/v1;orderv1")}, "proto/shop/box/v1/box_packed.proto", "example.com/gen/shop/box/v1;boxv1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := contracts(t, row.files)
			c, err := open(t, dir).New(t.Context(), authoring.NewEvent{Type: "BoxPacked", Spec: "id (UUID)", Major: 1, Owner: "a"})
			if err != nil {
				t.Fatal(err)
			}
			if file, _, _ := c.After.Location(c.Contract.Descriptor); file != row.want {
				t.Errorf("the event is in %s, want %s", file, row.want)
			}
			diff, err := c.Diff()
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(diff, "go_package"); got != (row.goPkg != "") || !strings.Contains(diff, row.goPkg) {
				t.Errorf("go_package should be %q in:\n%s", row.goPkg, diff)
			}
		})
	}
}
