package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
)

// What kubelet sets of the kernel that has no namespace: it is given files of the same names instead.
var kernelSettings = []string{
	"vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops",
	"kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes",
}

// inside is the first process of the namespaces. No command is a probe.
func inside(command []string) int {
	start := os.NewFile(3, "start")
	if count, _ := start.Read(make([]byte, 1)); count != 1 {
		return exitCannot
	}
	start.Close()
	for _, prepare := range []func() error{prepareMounts, prepareNetwork} {
		if err := prepare(); err != nil {
			return cannot(err)
		}
	}
	if len(command) == 0 {
		return 0
	}
	return supervise(command)
}

func prepareMounts() error {
	type mount struct {
		source, target, kind string
		flags                uintptr
		data                 string
	}
	mounts := []mount{
		// Nothing that is mounted from here on is seen outside; inside it is, as kubelet wants it.
		{"", "/", "", syscall.MS_REC | syscall.MS_PRIVATE, ""},
		{"", "/", "", syscall.MS_REC | syscall.MS_SHARED, ""},
		{"proc", "/proc", "proc", syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOEXEC, ""},
		{"tmpfs", "/run", "tmpfs", 0, "mode=755"},
	}
	for _, target := range mountPoints {
		mounts = append(mounts, mount{"tmpfs", target, "tmpfs", 0, "mode=755"})
	}
	for _, m := range mounts {
		if err := syscall.Mount(m.source, m.target, m.kind, m.flags, m.data); err != nil {
			return fmt.Errorf("mounting on %s is refused: %w", m.target, err)
		}
	}
	for _, name := range kernelSettings {
		if err := shadow(filepath.Join("/proc/sys", name), filepath.Join("/run/kernel-settings", name)); err != nil {
			return err
		}
	}
	return tryOverlay("/run/overlay-probe")
}

// shadow lays a copy over a kernel setting, if this kernel has it.
func shadow(setting, place string) error {
	value, err := os.ReadFile(setting)
	if os.IsNotExist(err) {
		return nil
	} else if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(place, value, 0o644); err != nil {
		return err
	}
	if err := syscall.Mount(place, setting, "", syscall.MS_BIND, ""); err != nil {
		return fmt.Errorf("mounting on %s is refused: %w", setting, err)
	}
	return nil
}

// tryOverlay mounts what containerd mounts for each container.
func tryOverlay(folder string) error {
	for _, name := range []string{"lower", "upper", "work", "merged"} {
		if err := os.MkdirAll(filepath.Join(folder, name), 0o755); err != nil {
			return err
		}
	}
	options := fmt.Sprintf("lowerdir=%[1]s/lower,upperdir=%[1]s/upper,workdir=%[1]s/work", folder)
	if err := syscall.Mount("overlay", folder+"/merged", "overlay", 0, options); err != nil {
		return fmt.Errorf("an overlay file system is refused: %w", err)
	}
	if err := syscall.Unmount(folder+"/merged", 0); err != nil {
		return err
	}
	return os.RemoveAll(folder)
}

// supervise runs the command, waits for every orphan as a first process must, and ends when the command does.
func supervise(command []string) int {
	signal.Ignore(syscall.SIGINT)
	process := exec.Command(command[0], command[1:]...)
	process.Stdin, process.Stdout, process.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := process.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "confine:", err)
		return 127
	}
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		if err == syscall.EINTR {
			continue
		} else if err != nil {
			fmt.Fprintln(os.Stderr, "confine: wait:", err)
			return 1
		}
		if pid == process.Process.Pid {
			return exitCode(status)
		}
	}
}
