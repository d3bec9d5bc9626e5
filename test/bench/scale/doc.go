// Package scale measures what an event costs while one thing grows: its payload, its fields,
// its headers, the keys, the partitions, the handlers. Its contracts are of no use elsewhere
// and hundreds, so they are written, generated and compiled when they are measured ([Make]), in
// a repository of their own; the program in it is [Main].
package scale
