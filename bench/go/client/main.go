// Closed-loop load over keep-alive TLS connections, one request at a time on each. Prints one JSON object.
//
//	client load       -addr A -ca FILE -path P -body FILE -conns N [-warmup D] (-duration D | -requests N) [-pid PID]
//	client handshakes -addr A -ca FILE -path P -body FILE -conns N [-warmup D] -duration D [-pid PID]
//	client first      -addr A -ca FILE -path P -body FILE [-contains TEXT] [-timeout D]
//
// handshakes: each connection is new, carries one request and is closed; no session is resumed. first: dials until the
// first answer, and until the first one that contains TEXT; prints wall-clock times in Unix nanoseconds.
// PID: the server's, whose CPU time is read at both edges of the measured window.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"time"
)

type options struct {
	addr, ca, path, body, contains string
	conns, requests, pid           int
	warmup, duration, timeout      time.Duration
	tls                            *tls.Config
	request                        []byte
}

func main() {
	// A second of load makes little garbage, and a collection would be measured as the server's latency.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(1 << 30)
	if len(os.Args) < 2 {
		fail("name a mode: load, handshakes or first")
	}
	o := parse(os.Args[2:])
	var result any
	var err error
	switch os.Args[1] {
	case "load":
		result, err = load(o, keepAlive)
	case "handshakes":
		result, err = load(o, newConnections)
	case "first":
		result, err = first(o)
	default:
		err = fmt.Errorf("mode %q: load, handshakes or first", os.Args[1])
	}
	if err != nil {
		fail(err.Error())
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		fail(err.Error())
	}
}

func parse(args []string) *options {
	o := &options{}
	flags := flag.NewFlagSet("client", flag.ExitOnError)
	flags.StringVar(&o.addr, "addr", "", "host:port")
	flags.StringVar(&o.ca, "ca", "", "PEM that verifies the server")
	flags.StringVar(&o.path, "path", "/", "path of the POST")
	flags.StringVar(&o.body, "body", "", "file that is posted")
	flags.StringVar(&o.contains, "contains", "", "what the answer that is waited for contains")
	flags.IntVar(&o.conns, "conns", 1, "connections")
	flags.IntVar(&o.requests, "requests", 0, "how many, instead of a duration")
	flags.IntVar(&o.pid, "pid", 0, "the server's process id")
	flags.DurationVar(&o.warmup, "warmup", 0, "before the measured window")
	flags.DurationVar(&o.duration, "duration", time.Second, "the measured window")
	flags.DurationVar(&o.timeout, "timeout", 30*time.Second, "how long to wait for the first answer")
	_ = flags.Parse(args)
	pem, err := os.ReadFile(o.ca)
	if err != nil {
		fail(err.Error())
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		fail(o.ca + " holds no certificate")
	}
	o.tls = &tls.Config{RootCAs: roots, ServerName: "localhost", NextProtos: []string{"http/1.1"}}
	body, err := os.ReadFile(o.body)
	if err != nil {
		fail(err.Error())
	}
	// What the API server sends, without its tracing headers.
	head := fmt.Sprintf("POST %s?timeout=10s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: kube-apiserver-admission\r\n"+
		"Content-Length: %d\r\nAccept: application/json, */*\r\nContent-Type: application/json\r\n"+
		"Accept-Encoding: gzip\r\n\r\n", o.path, len(body))
	o.request = append([]byte(head), body...)
	return o
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, "client: "+why)
	os.Exit(1)
}
