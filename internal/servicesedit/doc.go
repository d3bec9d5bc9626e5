// Package servicesedit changes the source of services.yaml and keeps every byte that
// it was not asked to change: comments, order, quotes, indentation, lists in either
// style, line ends. It adds a service, a consumer group, and types to what they
// publish and handle. What is there already is no change.
//
// A place is found by the YAML node tree and its positions. After each edit the file
// is decoded again, and must hold what it held and what was added; where it is
// written in a way that the edit does not understand, the edit is refused.
//
// The package reads and writes no files. Whether the types exist and the entries are
// right is for package catalog.
package servicesedit
