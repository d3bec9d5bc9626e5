// Package gosource knows what contracts are called in Go, and writes messages as Go
// source: the composite literal that a person would type, with the readable forms of
// times and durations.
//
// Names are those of protoc-gen-go, since protogen is asked, which it is made of. The
// package writes expressions and imports; whole files are for those who know what is
// in them. It neither reads a repository nor checks a contract.
package gosource
