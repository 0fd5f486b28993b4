package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const groupRoot = "/sys/fs/cgroup"

// What kubelet does not start without.
var neededControllers = []string{"cpu", "cpuset", "memory", "pids"}

// What kubelet asks for where the machine has it: getSupportedUnifiedControllers in pkg/kubelet/cm/cgroup_v2_manager_linux.go.
var wantedControllers = append([]string{"hugetlb"}, neededControllers...)

// groupName says whose group it is: the process and when it started, so that a later process of that number is another.
func groupName(pid int) string {
	return fmt.Sprintf("kata-thp-node-%d-%s", pid, startTime(pid))
}

// startTime in clock ticks since the machine started: field 22 of /proc/PID/stat. Empty when there is no such process.
func startTime(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	// The second field is in brackets, and may itself hold both brackets and spaces.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	return fields[19]
}

// hierarchies are the folders in which a group is made: one with cgroup v2, one for each controller with v1.
func hierarchies() []string {
	if isUnified() {
		return []string{groupRoot}
	}
	entries, _ := os.ReadDir(groupRoot)
	var found []string
	for _, entry := range entries {
		path := filepath.Join(groupRoot, entry.Name())
		// `cpu` may be a link to `cpu,cpuacct`.
		if _, err := os.Stat(filepath.Join(path, "cgroup.procs")); err == nil && entry.IsDir() {
			found = append(found, path)
		}
	}
	return found
}

func isUnified() bool {
	_, err := os.Stat(filepath.Join(groupRoot, "cgroup.controllers"))
	return err == nil
}

func makeGroups(name string) error {
	if isUnified() {
		if err := delegateControllers(); err != nil {
			return err
		}
	} else if err := requireHierarchies(); err != nil {
		return err
	}
	for _, hierarchy := range hierarchies() {
		for _, group := range []string{filepath.Join(hierarchy, name), filepath.Join(hierarchy, name, "probe")} {
			if err := os.Mkdir(group, 0o755); err != nil {
				return fmt.Errorf("a control group is refused: %w", err)
			}
			if err := inheritCpus(group); err != nil {
				return err
			}
		}
	}
	return nil
}

// A cpuset of cgroup v1 begins empty and takes no process.
func inheritCpus(group string) error {
	if isUnified() {
		return nil
	}
	for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
		value, err := os.ReadFile(filepath.Join(filepath.Dir(group), file))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(group, file), value, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func requireHierarchies() error {
	for _, controller := range neededControllers {
		if _, err := os.Stat(filepath.Join(groupRoot, controller, "cgroup.procs")); err != nil {
			return fmt.Errorf("there is no control group hierarchy for %s: %w", controller, err)
		}
	}
	return nil
}

// delegateControllers lets groups below the root have them. They are left on: another such run may be using them.
func delegateControllers() error {
	available, err := words(filepath.Join(groupRoot, "cgroup.controllers"))
	if err != nil {
		return err
	}
	for _, controller := range neededControllers {
		if !slices.Contains(available, controller) {
			return fmt.Errorf("there is no control group controller %s", controller)
		}
	}
	control := filepath.Join(groupRoot, "cgroup.subtree_control")
	delegated, err := words(control)
	if err != nil {
		return err
	}
	for _, controller := range wantedControllers {
		if slices.Contains(delegated, controller) || !slices.Contains(available, controller) {
			continue
		}
		// EBUSY: in a container, where the root has processes and so may not hand controllers on. They are not ours to move.
		if err := os.WriteFile(control, []byte("+"+controller), 0o644); err != nil {
			return fmt.Errorf("the control group controller %s cannot be handed on: %w", controller, err)
		}
	}
	return nil
}

func words(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	return strings.Fields(string(text)), err
}

// enterGroups puts a process where containers will be, to see whether that may be done.
func enterGroups(name string, pid int) error {
	for _, hierarchy := range hierarchies() {
		path := filepath.Join(hierarchy, name, "probe", "cgroup.procs")
		if err := os.WriteFile(path, []byte(strconv.Itoa(pid)), 0o644); err != nil {
			return fmt.Errorf("a process may not be put into a control group: %w", err)
		}
	}
	return nil
}

// sweepGroups removes the groups of runs that were ended before they could do it themselves.
func sweepGroups() {
	name := regexp.MustCompile(`^kata-thp-node-(\d+)-(\d+)$`)
	for _, hierarchy := range hierarchies() {
		entries, _ := os.ReadDir(hierarchy)
		for _, entry := range entries {
			found := name.FindStringSubmatch(entry.Name())
			if found == nil {
				continue
			}
			if pid, err := strconv.Atoi(found[1]); err == nil && startTime(pid) != found[2] {
				removeTree(filepath.Join(hierarchy, entry.Name()))
			}
		}
	}
}

func removeGroups(name string) {
	for _, hierarchy := range hierarchies() {
		removeTree(filepath.Join(hierarchy, name))
	}
}

// removeTree removes a group and those below it. The last process has been waited for, and the kernel may still take a
// moment to let it go: EBUSY until then.
func removeTree(group string) {
	var groups []string
	filepath.WalkDir(group, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			groups = append(groups, path)
		}
		return nil
	})
	slices.Reverse(groups)
	for _, path := range groups {
		err := syscall.Rmdir(path)
		for turn := 0; err == syscall.EBUSY && turn < 100; turn++ {
			time.Sleep(20 * time.Millisecond)
			err = syscall.Rmdir(path)
		}
		if err != nil && err != syscall.ENOENT {
			fmt.Fprintf(os.Stderr, "confine: the control group %s is left: %v\n", path, err)
		}
	}
}
