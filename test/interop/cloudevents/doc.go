// Package cloudevents runs the CloudEvents SDKs of Go and Python beside the bus:
// they read what its producer writes in both CloudEvents formats, and its
// consumer handles what they write. The tests have the build tag interop and
// run with
//
//	make test-interop
//
// The package is a module of its own, so that the SDK and its Kafka client stay
// out of the graphs of this module's users.
package cloudevents
