package main

import (
	"bytes"
	"fmt"
	"time"
)

type firstResult struct {
	// Unix nanoseconds, as text: JSON's numbers end at 2^53.
	FirstAt    string `json:"firstAt"`
	ContainsAt string `json:"containsAt"`
}

// first dials every half millisecond until the server answers, and asks on until the answer contains what is wanted.
func first(o *options) (*firstResult, error) {
	deadline := time.Now().Add(o.timeout)
	result := &firstResult{}
	var last error
	for time.Now().Before(deadline) {
		c, err := dial(o)
		for err == nil && time.Now().Before(deadline) {
			if err = c.roundTrip(o.request); err != nil {
				break
			}
			now := fmt.Sprint(time.Now().UnixNano())
			if result.FirstAt == "" {
				result.FirstAt = now
			}
			if bytes.Contains(c.answer, []byte(o.contains)) {
				result.ContainsAt = now
				_ = c.tls.Close()
				return result, nil
			}
			last = fmt.Errorf("answered without %q: %s", o.contains, c.answer)
			time.Sleep(500 * time.Microsecond)
		}
		if err != nil {
			last = err
		}
		if c != nil {
			_ = c.tls.Close()
		}
		time.Sleep(500 * time.Microsecond)
	}
	return nil, fmt.Errorf("no answer within %s: %w", o.timeout, last)
}
