// Package release is the states of contracts that were released, as a repository keeps
// them: which lie there, what each froze, and what a new one freezes.
//
//	releases/NAME/release.yaml       the day, the release before it, a checksum of the image
//	releases/NAME/contracts.lock     the events, a line each
//	releases/NAME/image.binpb        the compiled contracts, as buf reads them
//	releases/records/PACKAGE/EVENT/VERSION/FORMAT/CASE.json
//	                                 records of each version, as its writers wrote them
//
// Nothing in it changes once it is there: services that run were built from it, and
// records in Kafka were written by it. The same contracts give the same bytes on every
// machine.
//
// What a released state means for a change is for internal/gate.
package release
