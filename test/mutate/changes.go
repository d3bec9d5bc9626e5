package main

import "slices"

// changes are all planted mistakes.
func changes() []change {
	return slices.Concat(ownership(), commits(), failures(), letters(), intake(), publishing(), scheduling(), reading(), codecs())
}

const (
	bus         = "./pkg/eventbus"
	client      = "./internal/kafkaclient"
	integration = "./test/integration"
	flow        = "./internal/flow"
	contracts   = "./pkg/event"
)
