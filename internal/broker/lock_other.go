//go:build !unix

package broker

// lockDir locks nothing here: one broker at a time is the user's business.
func lockDir(string) (release func(), err error) { return func() {}, nil }
