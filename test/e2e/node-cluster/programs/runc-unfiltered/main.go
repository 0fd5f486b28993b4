// runc for a runc that was built without libseccomp: it refuses every container that asks for a filter, so the filter is
// taken out of the bundle first. The runc is $NODE_CLUSTER_RUNC.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

func main() {
	if slices.Contains(os.Args, "create") {
		if err := dropFilter(filepath.Join(bundle(os.Args), "config.json")); err != nil {
			fmt.Fprintln(os.Stderr, "runc-unfiltered:", err)
			os.Exit(1)
		}
	}
	runc := os.Getenv("NODE_CLUSTER_RUNC")
	err := syscall.Exec(runc, append([]string{runc}, os.Args[1:]...), os.Environ())
	fmt.Fprintf(os.Stderr, "runc-unfiltered: NODE_CLUSTER_RUNC=%q: %v\n", runc, err)
	os.Exit(1)
}

func bundle(args []string) string {
	for index, arg := range args {
		if folder, isFound := strings.CutPrefix(arg, "--bundle="); isFound {
			return folder
		}
		if (arg == "--bundle" || arg == "-b") && index+1 < len(args) {
			return args[index+1]
		}
	}
	return "."
}

// Numbers stay as they are written: a limit above 2^53 would change as a float.
func dropFilter(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var spec, linux map[string]json.RawMessage
	if err := json.Unmarshal(text, &spec); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := json.Unmarshal(spec["linux"], &linux); err != nil {
		return fmt.Errorf("%s: linux: %w", path, err)
	}
	delete(linux, "seccomp")
	if spec["linux"], err = json.Marshal(linux); err != nil {
		return err
	}
	if text, err = json.Marshal(spec); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}
