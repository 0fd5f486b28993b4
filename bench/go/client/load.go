package main

import (
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

type loadResult struct {
	Requests int     `json:"requests"`
	Errors   int     `json:"errors"`
	Error    string  `json:"error,omitempty"`
	Seconds  float64 `json:"seconds"`
	// Microseconds, of the requests that ended inside the window.
	P50Us  float64 `json:"p50Us"`
	P99Us  float64 `json:"p99Us"`
	MaxUs  float64 `json:"maxUs"`
	MeanUs float64 `json:"meanUs"`
	// CPU seconds inside the window.
	ServerCPU float64 `json:"serverCpuSeconds"`
	ClientCPU float64 `json:"clientCpuSeconds"`
}

const (
	warming = iota
	measuring
	over
)

type run struct {
	o     *options
	phase atomic.Int32
	// Requests that may still be begun, where their number is given.
	left atomic.Int64
}

type samples struct {
	latencies []time.Duration
	errors    int
	err       error
}

// load runs the workers through warm-up and window, and sums what they saw.
func load(o *options, worker func(*run, *samples, *sync.WaitGroup)) (*loadResult, error) {
	r := &run{o: o}
	r.left.Store(int64(o.requests))
	seen := make([]samples, o.conns)
	var ready, done sync.WaitGroup
	ready.Add(o.conns)
	for i := range seen {
		seen[i].latencies = make([]time.Duration, 0, 1<<14)
		done.Go(func() { worker(r, &seen[i], &ready) })
	}
	ready.Wait()
	time.Sleep(o.warmup)
	serverFrom, clientFrom, from := cpuOf(o.pid), cpuOf(0), time.Now()
	r.phase.Store(measuring)
	if o.requests == 0 {
		time.Sleep(o.duration)
	} else {
		done.Wait()
	}
	took := time.Since(from)
	result := &loadResult{
		Seconds:   took.Seconds(),
		ServerCPU: (cpuOf(o.pid) - serverFrom).Seconds(),
		ClientCPU: (cpuOf(0) - clientFrom).Seconds(),
	}
	r.phase.Store(over)
	done.Wait()
	all := []time.Duration{}
	for _, each := range seen {
		all = append(all, each.latencies...)
		result.Errors += each.errors
		if each.err != nil {
			result.Error = each.err.Error()
		}
	}
	summarize(result, all)
	return result, nil
}

func summarize(result *loadResult, all []time.Duration) {
	result.Requests = len(all)
	if len(all) == 0 {
		return
	}
	slices.Sort(all)
	var sum time.Duration
	for _, each := range all {
		sum += each
	}
	// The nearest rank: the smallest latency that so many of them do not exceed.
	rank := func(percent int) float64 { return micros(all[(len(all)*percent+99)/100-1]) }
	result.P50Us, result.P99Us = rank(50), rank(99)
	result.MaxUs, result.MeanUs = micros(all[len(all)-1]), micros(sum/time.Duration(len(all)))
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

// next says whether another request may begin.
func (r *run) next() bool {
	if r.o.requests > 0 {
		return r.left.Add(-1) >= 0
	}
	return r.phase.Load() != over
}

// note takes a request that is done. It counts where it ended inside the window, wherever it began: as many come in at
// one edge as go out at the other, else slow servers would lose what is under way at both. A given number counts whole.
func (r *run) note(s *samples, took time.Duration, err error) {
	if err != nil {
		s.errors++
		s.err = err
	} else if r.o.requests > 0 || r.phase.Load() == measuring {
		s.latencies = append(s.latencies, took)
	}
}

func keepAlive(r *run, s *samples, ready *sync.WaitGroup) {
	c, err := dial(r.o)
	ready.Done()
	for err == nil && r.next() {
		from := time.Now()
		err = c.roundTrip(r.o.request)
		r.note(s, time.Since(from), err)
	}
	if c == nil {
		r.note(s, 0, err)
		return
	}
	_ = c.tls.Close()
}

func newConnections(r *run, s *samples, ready *sync.WaitGroup) {
	ready.Done()
	for s.errors == 0 && r.next() {
		from := time.Now()
		c, err := dial(r.o)
		if err == nil {
			err = c.roundTrip(r.o.request)
			_ = c.tls.Close()
		}
		r.note(s, time.Since(from), err)
	}
}

// clockProcessCPUTime is CLOCK_PROCESS_CPUTIME_ID of clock_gettime(2), on every Linux.
const clockProcessCPUTime = 2

// cpuOf is the CPU time of a process, to the nanosecond; of this one for 0. By the standard library alone, so that the
// load generator can be built where no module can be fetched.
func cpuOf(pid int) time.Duration {
	clock := uintptr(clockProcessCPUTime)
	if pid > 0 {
		// clock_getcpuclockid(3): CPUCLOCK_SCHED of another process.
		clock = uintptr(uint32(int32(^pid)<<3 | 2))
	}
	var now syscall.Timespec
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clock, uintptr(unsafe.Pointer(&now)), 0); errno != 0 {
		fail("CPU time of process: " + errno.Error())
	}
	return time.Duration(now.Nano())
}
