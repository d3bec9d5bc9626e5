// Package interop runs other people's Kafka clients beside the bus: aiokafka
// with the Pydantic models of the services that came before this module (old/),
// kcat, and the Java client; and it runs the commands of docs/migrating.md. What
// the tests share is here; they have the build tag interop and run with
//
//	make test-interop
//
// which needs Python 3.11, kcat, Java 17 and Maven. It makes .venv from
// requirements.txt, and starts one Apache Kafka for the package, unless
// KAFKA_BROKERS names a cluster for tests. The page's commands get one of their
// own in any case.
package interop
