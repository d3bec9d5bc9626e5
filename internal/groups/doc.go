// Package groups looks at the consumer groups of a cluster, and resets where one begins:
// which groups there are, who is in them, how far each has read, and what a reset would
// change before anything does.
//
// It asks a cluster and knows neither contracts nor a command line: which topics a group
// should read is for its callers. Groups are reset while nobody is in them, because a
// member commits over what was set.
package groups
