// Package catalog loads contracts as data: the events and topics that .proto
// files declare, together with the services that publish and handle them. The
// command line, topic creation and every export read this one model.
//
// It compiles .proto files itself and knows events only by their descriptors,
// so that it works on anybody's contracts, without generated code.
package catalog
