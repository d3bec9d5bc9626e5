//go:build !unix

package contexts

// checkOwner accepts every file where files have no numeric owner.
func checkOwner(string) error { return nil }
