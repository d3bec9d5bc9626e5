// Package terminal prints what a command has to say, for people and for programs:
// tables and fields in aligned columns, JSON, counts in words. It makes text safe
// that comes from records and contracts, which anybody may have written: an escape
// sequence in a record's key could otherwise move the cursor, change the window's
// title or make a line read as something that it is not.
//
// It decides neither what is shown nor in which words, and knows neither records
// nor contracts.
package terminal
