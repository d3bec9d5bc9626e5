package eventbus

import (
	"reflect"
	"slices"
	"testing"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

// Calls on the Kafka consumer from several goroutines use freed memory. Workers,
// Health, Stats and dead letters have these types: none of them may lead to the
// client, or to the owner that has it.
func TestC1_NothingThatIsSharedLeadsToTheClient(t *testing.T) {
	t.Parallel()
	consumer, own := reflect.TypeFor[*kafka.Consumer](), reflect.TypeFor[*owner]()
	for _, shared := range []reflect.Type{reflect.TypeFor[Consumer](), reflect.TypeFor[runState](), reflect.TypeFor[delivery](), reflect.TypeFor[letters]()} {
		if path := leadsTo(shared, map[reflect.Type]bool{}, consumer, own); path != nil {
			t.Errorf("%s leads to the Kafka consumer by %v", shared, path)
		}
	}
	// What is looked for is found where it is.
	if leadsTo(own.Elem(), map[reflect.Type]bool{}, consumer) == nil {
		t.Error("the owner does not lead to the Kafka consumer: does this test still look for the right thing?")
	}
}

// leadsTo is the way by fields, elements and pointers from a type to one of others.
func leadsTo(from reflect.Type, seen map[reflect.Type]bool, to ...reflect.Type) []string {
	if slices.Contains(to, from) {
		return []string{from.String()}
	}
	// What the client library has inside is its own.
	if seen[from] || from.PkgPath() == reflect.TypeFor[kafka.Consumer]().PkgPath() {
		return nil
	}
	seen[from] = true
	switch from.Kind() {
	case reflect.Struct:
		for i := range from.NumField() {
			f := from.Field(i)
			if path := leadsTo(f.Type, seen, to...); path != nil {
				return append([]string{f.Name}, path...)
			}
		}
	case reflect.Map:
		if path := leadsTo(from.Key(), seen, to...); path != nil {
			return path
		}
		return leadsTo(from.Elem(), seen, to...)
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Chan:
		return leadsTo(from.Elem(), seen, to...)
	}
	return nil
}
