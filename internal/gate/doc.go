// Package gate judges a change of contracts against an earlier commit: it finds the
// commit, loads both states, runs buf's own rules and those of internal/compat, and
// makes the records that show what breaks, which both states' readers are asked about.
//
// It knows git and buf, as programs that it runs. What a rule says is for
// internal/compat, and how findings are printed for whoever calls it. Where it cannot
// know whether something breaks it says so ([Unknown]), and never that nothing does.
package gate
