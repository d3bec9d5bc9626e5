// Package report shows what a run of the benchmarks measured: as JSON, from which all else is
// made, as a table for a terminal, as tables for the documentation, and as charts. The same JSON
// gives the same bytes. It measures nothing.
package report
