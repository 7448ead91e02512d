package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// A service is what the properties of the resource say.
type service struct {
	Address           string `json:"address"`
	Greeting          string `json:"greeting"`
	Expect            string `json:"expect"`
	ReconnectWindowMs int64  `json:"reconnectWindowMs"`
}

func (s service) reconnectWindow() time.Duration {
	return time.Duration(s.ReconnectWindowMs) * time.Millisecond
}

func (s service) network() string {
	if strings.HasPrefix(s.Address, "/") {
		return "unix"
	}
	return "tcp"
}

// connect puts a new connection on the line, once the service has said what is expected of it, within the window.
func (s service) connect(ctx context.Context, line *line, progress func(format string, args ...any)) error {
	dialer := net.Dialer{Deadline: time.Now().Add(s.reconnectWindow())}
	connection, err := dialer.DialContext(ctx, s.network(), s.Address)
	if err != nil {
		return fmt.Errorf("no connection to %s within %v: %w", s.Address, s.reconnectWindow(), err)
	}
	if !line.use(connection) {
		return context.Canceled
	}
	if err := connection.SetDeadline(dialer.Deadline); err != nil {
		return err
	}
	if s.Greeting != "" {
		if _, err := io.WriteString(connection, s.Greeting); err != nil {
			return fmt.Errorf("%s does not take the greeting: %w", s.Address, err)
		}
	}
	if s.Expect != "" {
		progress("connected to %s, which is to say %q", s.Address, s.Expect)
		said := make([]byte, len(s.Expect))
		n, err := io.ReadFull(connection, said)
		if err != nil {
			return fmt.Errorf("%s said only %q, not %q: %w", s.Address, said[:n], s.Expect, err)
		}
		if string(said) != s.Expect {
			return fmt.Errorf("%s said %q, not %q", s.Address, said, s.Expect)
		}
	}
	return connection.SetDeadline(time.Time{})
}

// A line is one connection after the other, until it is closed for good.
type line struct {
	mu     sync.Mutex
	since  time.Time
	closed bool
	end    net.Conn
}

// use puts a connection on the line; false: the line is closed, and so is the connection then.
func (l *line) use(connection net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		connection.Close()
		return false
	}
	if l.end != nil {
		l.end.Close()
	}
	l.end, l.since = connection, time.Now()
	return true
}

// untilLost throws away what the service says, and returns how long the connection stood and why it ended.
func (l *line) untilLost() (stood time.Duration, lost error) {
	l.mu.Lock()
	connection, since := l.end, l.since
	l.mu.Unlock()
	_, lost = io.Copy(io.Discard, connection)
	if lost == nil {
		lost = io.EOF
	}
	return time.Since(since), lost
}

func (l *line) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.end != nil {
		l.end.Close()
	}
}

func (l *line) isClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}
