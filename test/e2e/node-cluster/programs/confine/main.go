// Runs a command in mount, process, network, IPC and host name namespaces of its own, as a machine on which a kubelet
// may do what it likes. Whatever the command started, mounted or made ends with it.
//
//	confine probe              does it with no command: can this machine do it at all
//	confine run COMMAND…       with the command; its exit code is ours
//
// With NODE_CLUSTER_LEASH set, descriptor 3 is a leash: all ends when its other end is closed, which the kernel does when
// whoever holds it dies. Exit code 77, with one sentence on stderr: the machine cannot.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
)

const (
	exitUsage  = 2
	exitCannot = 77
)

// Hidden: how we call ourselves inside.
const insideMode = "inside"

func main() {
	mode := ""
	if len(os.Args) > 1 {
		mode = os.Args[1]
	}
	switch {
	case mode == "probe" && len(os.Args) == 2, mode == "run" && len(os.Args) > 2:
		os.Exit(outside(os.Args[2:]))
	case mode == insideMode:
		os.Exit(inside(os.Args[2:]))
	}
	fmt.Fprintln(os.Stderr, "usage: confine probe | confine run COMMAND…")
	os.Exit(exitUsage)
}

func cannot(err error) int {
	fmt.Fprintln(os.Stderr, strings.ReplaceAll(err.Error(), "\n", " "))
	return exitCannot
}

// outside holds what a namespace cannot: control groups and folders to mount on. No command is a probe.
func outside(command []string) int {
	if os.Geteuid() != 0 {
		return cannot(fmt.Errorf("it needs root, and this is user %d", os.Geteuid()))
	}
	name := groupName(os.Getpid())
	sweepGroups()
	defer removeGroups(name)
	if err := makeGroups(name); err != nil {
		return cannot(err)
	}
	made, err := makeMountPoints()
	defer removeMountPoints(made)
	if err != nil {
		return cannot(err)
	}

	// It does nothing before it is told to: a probe is in its control group by then.
	startRead, startWrite, err := os.Pipe()
	if err != nil {
		return cannot(err)
	}
	child := exec.Command("/proc/self/exe", append([]string{insideMode}, command...)...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	child.ExtraFiles = []*os.File{startRead}
	child.Env = append(os.Environ(), "NODE_CLUSTER_CGROUP=/"+name)
	child.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET |
			syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS,
		// It is the first process of its namespace: with it all others end.
		Pdeathsig: syscall.SIGKILL,
	}
	// The death that Pdeathsig means is that of the thread.
	runtime.LockOSThread()
	if err := child.Start(); err != nil {
		return cannot(fmt.Errorf("namespaces of its own are refused: %w", err))
	}
	startRead.Close()
	go endWith(child.Process)
	if len(command) == 0 {
		if err := enterGroups(name, child.Process.Pid); err != nil {
			child.Process.Kill()
			child.Wait()
			return cannot(err)
		}
	}
	startWrite.Write([]byte{1})
	child.Wait()
	return exitCode(child.ProcessState.Sys().(syscall.WaitStatus))
}

// endWith ends the child when the leash is let go or we are asked to end. A Ctrl-C is the command's own affair.
func endWith(child *os.Process) {
	signal.Ignore(syscall.SIGINT)
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM, syscall.SIGHUP)
	if os.Getenv("NODE_CLUSTER_LEASH") != "" {
		go func() {
			os.NewFile(3, "leash").Read(make([]byte, 1))
			asked <- syscall.SIGTERM
		}()
	}
	<-asked
	child.Kill()
}

func exitCode(status syscall.WaitStatus) int {
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}
