// Package catalog loads contracts as data: the events and topics that .proto
// files declare, together with the services that publish and handle them. The
// command line, topic creation and every export read this one model.
//
// It compiles .proto files itself and knows events only by their descriptors,
// so that it works on anybody's contracts, without generated code, buf or a registry
// of schemas.
//
// It is for tools. A service finds its contracts in the Go code that it links
// (event.Linked), and does not read .proto files. What one contract must be is checked
// in pkg/event, for services too; what only all files and services together can tell
// is checked here: how files are laid out, who publishes and handles what, and which
// names of topics would collide.
package catalog
