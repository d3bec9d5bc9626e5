package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

func main() {
	pattern := flag.String("run", "", "plant only the changes whose name matches this regular expression")
	verbose := flag.Bool("v", false, "print which tests noticed each change")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	survivors, err := run(ctx, *pattern, *verbose)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(2)
	}
	if survivors > 0 {
		os.Exit(1)
	}
}

// run plants each change and prints what became of it.
func run(ctx context.Context, pattern string, verbose bool) (survivors int, err error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	planted := 0
	for _, c := range changes() {
		if !re.MatchString(c.name) {
			continue
		}
		planted++
		began := time.Now()
		failed, err := plant(ctx, dir, c)
		if err != nil {
			return 0, err
		}
		took := time.Since(began).Round(100 * time.Millisecond)
		switch {
		case len(failed) == 0:
			survivors++
			fmt.Printf("SURVIVES  %-8s %s (%s: none of %s notices)\n", took, c.name, c.file, c.tests)
		case verbose:
			fmt.Printf("noticed   %-8s %s (%s)\n", took, c.name, strings.Join(failed, ", "))
		default:
			fmt.Printf("noticed   %-8s %s\n", took, c.name)
		}
	}
	if planted == 0 {
		return 0, fmt.Errorf("no change's name matches %q", pattern)
	}
	fmt.Printf("%d of %d planted changes are noticed\n", planted-survivors, planted)
	return survivors, nil
}

// plant runs the tests of one change and returns those that failed.
func plant(ctx context.Context, dir string, c change) (failed []string, err error) {
	root, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	src, err := c.apply(root)
	if err != nil {
		return nil, err
	}
	changed, overlay := filepath.Join(dir, filepath.Base(c.file)), filepath.Join(dir, "overlay.json")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(root, c.file): changed}})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(os.WriteFile(changed, src, 0o600), os.WriteFile(overlay, replace, 0o600)); err != nil {
		return nil, err
	}
	args := append([]string{"test", "-overlay", overlay, "-count=1", "-failfast", "-timeout", "3m", "-run", "^(" + c.tests + ")$", "-v"}, c.packages...)
	cmd := exec.CommandContext(ctx, "go", args...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err == nil && !bytes.Contains(out, []byte("--- PASS")):
		return nil, fmt.Errorf("%s: no test is named %s", c.name, c.tests)
	case err == nil:
		return nil, nil
	case !errors.As(err, &exit) || ctx.Err() != nil:
		return nil, fmt.Errorf("%s: %w", c.name, errors.Join(ctx.Err(), err))
	case bytes.Contains(out, []byte("[build failed]")), bytes.Contains(out, []byte("[setup failed]")):
		return nil, fmt.Errorf("%s does not compile:\n%s", c.name, out)
	}
	for _, m := range failure.FindAllSubmatch(out, -1) {
		failed = append(failed, string(m[1]))
	}
	if len(failed) == 0 {
		failed = []string{"the tests did not end, or the process did"}
	}
	return failed, nil
}

var failure = regexp.MustCompile(`(?m)^--- FAIL: (\S+)`)
