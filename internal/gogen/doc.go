// Package gogen generates Go code from compiled contracts in this process, without
// buf and without plugins that are installed: the same bytes as buf generate writes
// with the same template. What a plan will add can be generated from before anything
// is written.
//
// The generators are those that are linked into this program. It reads and writes no
// files: package contractrepo reads the template, package catalog compiles, and who
// calls writes what comes out.
package gogen
