package contexts

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

// Environment is what is around a context: where its secrets are, beside files.
type Environment struct {
	// Getenv reads a variable.
	Getenv func(variable string) string

	// Stderr takes what a token command has to say, such as where to log in.
	Stderr io.Writer

	// Warn tells the user about a file whose secret others may read.
	Warn func(text string)
}

// checkMode refuses a file that others may use in a way that they must not. Windows
// has no such modes.
func checkMode(file string, forbidden os.FileMode, why string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&forbidden != 0 {
		return fmt.Errorf("%s has mode %04o: %s %s", file, info.Mode().Perm(), why, file)
	}
	return nil
}

// checkSecretFile refuses a file that others may write. One that they may read
// is what Kubernetes mounts, where nobody else is: it gets a warning.
func (e Environment) checkSecretFile(file string) error {
	if err := checkMode(file, 0o022, "others may change the secret in it: chmod 600"); err != nil {
		return err
	}
	if err := checkMode(file, 0o044, "others on this machine may read the secret in it; if there are any: chmod 600"); err != nil {
		e.Warn(err.Error())
	}
	return nil
}

// secret reads what a variable or a file holds. A file's line end is not part
// of it.
func (e Environment) secret(env, file string) (string, error) {
	switch {
	case env != "" && file != "":
		return "", errors.New("give one of them")
	case env != "":
		text := e.Getenv(env)
		if text == "" {
			return "", fmt.Errorf("variable %s is not set", env)
		}
		return text, nil
	case file != "":
		if err := e.checkSecretFile(file); err != nil {
			return "", err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		return strings.TrimRight(string(text), "\r\n"), nil
	}
	return "", nil
}
