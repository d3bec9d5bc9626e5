package event

import "github.com/eventcontracts/eventcontracts/internal/disclosure"

// Public is err with the promise that its text holds nothing of the event that may not
// be seen. It is for conversions between contracts with personal or secret fields: of
// their errors only the Go type and the public texts are shown. It is nil if err is
// nil, and errors.Is and errors.As find err in it.
func Public(err error) error { return disclosure.Public(err) }
