// Package changeset changes several files together: all of them or none. A command
// collects what it will create, replace and delete below one directory, shows it as
// a unified diff, or applies it together with the steps that must succeed for it,
// such as code generation and the gate.
//
// Applying checks everything first. Then every file is written beside its target,
// and only when all are written are they renamed, so that a full disk or a directory
// that cannot be written changes nothing. What was there is kept until the end in
// the folder .changeset: a step that fails, an interrupt or a panic puts it back.
//
// A process that is killed leaves each file with its old or its new content, never
// with a part of it, and the folder. The next run undoes it, by Recover. That holds
// for the end of a process; after a loss of power the file system decides.
//
// The package knows nothing about contracts and what is in the files. It follows no
// symbolic links.
package changeset
