// Package disclosure decides what may be seen of an event whose contract has
// personal or secret fields: of its messages ([JSON]), of the errors of code that
// has seen one ([ErrorText]), and of its headers ([HeaderShown]). Logs, dead letters,
// eventctl and every page follow it, so that there is one rule:
//
// What a contract calls personal or secret is not shown, and neither is what may be
// so where that cannot be known. What is left out is shown by an explicit choice only:
// [Public] for errors, --reveal in eventctl.
//
// Which fields are personal or secret is for internal/descriptor to say. This package
// prints and logs nothing, and knows neither records nor Kafka.
package disclosure
