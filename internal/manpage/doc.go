// Package manpage writes the manual pages of a command tree, in the macros of man(7),
// which groff and mandoc read: a page for the program and one for each command.
//
// Cobra has a writer of its own, in a package that would bring a Markdown converter into
// the modules of everybody who imports this one, and that takes our texts for Markdown:
// an indented example would lose its lines. Here paragraphs are filled, and what is
// indented stays as it is.
//
// It knows no command: what a page says is the text of the tree's --help.
package manpage
