// Package topicsync compares the topics that contracts and groups need with those
// that a cluster has, and creates the missing ones. A topic that exists is never
// changed: a partition more moves keys, and a shorter retention deletes records, so
// that a person has to decide.
//
// Which topics are needed, package topicplan says; what is printed about them, the
// command line.
package topicsync
