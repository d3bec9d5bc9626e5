// Package todo converts between the majors of the todo events.
package todo

import (
	todov1 "github.com/eventcontracts/eventcontracts/gen/events/todo/v1"
	todov2 "github.com/eventcontracts/eventcontracts/gen/events/todo/v2"
	"github.com/eventcontracts/eventcontracts/pkg/event"
)

// Conversions are what a consumer of todo events passes on. They link both
// majors, so that a handler of either reads records of both.
var Conversions = event.Conversions{
	event.ByName[*todov1.TodoCreated, *todov2.TodoCreated](),
	event.ByName[*todov2.TodoCreated, *todov1.TodoCreated](),
}
