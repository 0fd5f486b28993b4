package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

const ioTimeout = 30 * time.Second

// conn is one HTTP/1.1 connection. Go sets TCP_NODELAY on every TCP connection by itself.
type conn struct {
	tls    *tls.Conn
	reader *bufio.Reader
	answer []byte
}

func dial(o *options) (*conn, error) {
	raw, err := net.DialTimeout("tcp", o.addr, ioTimeout)
	if err != nil {
		return nil, err
	}
	secured := tls.Client(raw, o.tls)
	_ = secured.SetDeadline(time.Now().Add(ioTimeout))
	if err := secured.Handshake(); err != nil {
		_ = raw.Close()
		return nil, err
	}
	return &conn{tls: secured, reader: bufio.NewReaderSize(secured, 32<<10)}, nil
}

// roundTrip sends the request and reads the whole answer into c.answer. Anything but a 200 is an error.
func (c *conn) roundTrip(request []byte) error {
	_ = c.tls.SetDeadline(time.Now().Add(ioTimeout))
	if _, err := c.tls.Write(request); err != nil {
		return err
	}
	line, err := c.reader.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(line, []byte("HTTP/1.1 200")) {
		return fmt.Errorf("answered %q", bytes.TrimSpace(line))
	}
	length, isChunked := -1, false
	for {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		if bytes.EqualFold(name, []byte("content-length")) {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return err
			}
		} else if bytes.EqualFold(name, []byte("transfer-encoding")) {
			isChunked = true
		}
	}
	c.answer = c.answer[:0]
	if isChunked {
		return c.readChunks()
	}
	if length < 0 {
		return errors.New("an answer without Content-Length")
	}
	return c.read(length)
}

func (c *conn) read(length int) error {
	from := len(c.answer)
	for cap(c.answer) < from+length {
		c.answer = append(c.answer[:cap(c.answer)], 0)
	}
	c.answer = c.answer[:from+length]
	_, err := io.ReadFull(c.reader, c.answer[from:])
	return err
}

func (c *conn) readChunks() error {
	for {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 32)
		if err != nil {
			return err
		}
		if err := c.read(int(size)); err != nil {
			return err
		}
		if _, err := c.reader.Discard(2); err != nil {
			return err
		}
		if size == 0 {
			return nil
		}
	}
}
