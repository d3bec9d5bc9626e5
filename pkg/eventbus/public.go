package eventbus

import "github.com/eventcontracts/eventcontracts/pkg/event"

// Public is err with the promise that its text holds nothing of the event that may not
// be seen. It is nil if err is nil, and errors.Is and errors.As find err in it.
//
// The promise is needed where a contract has personal or secret fields, or a
// google.protobuf.Any, which may hold some. What is shown of a handler's error in the
// log and in dead letters is then its Go type and the texts that are public: of
//
//	fmt.Errorf("mail to %s: %w", e.GetEmail(), eventbus.Public(errMailboxFull))
//
// it is "mailbox full". Any other text may quote the event, in spellings that nobody can
// foresee. A reason to skip is public by Public(Skip(reason)); a middleware that returns
// Public(err) says it of all handlers. For contracts without such fields errors are
// shown as they are.
func Public(err error) error { return event.Public(err) }
