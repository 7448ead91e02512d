package host

import (
	"fmt"
	"strings"
	"sync"
	"syscall"
	"unicode"
	"unicode/utf8"
)

// maxRecordBytes is what POSIX guarantees to write whole, newline included.
const maxRecordBytes = 512

// eventHandle is the named pipe of this host, open for writing.
type eventHandle struct {
	path      string
	inherited int

	mu   sync.Mutex
	fd   int
	open bool
}

// write tries once, without waiting for a pipe that is full: the record leaves whole and now, or not at all.
func (h *eventHandle) write(record string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.ensureOpen(); err != nil {
		return err
	}
	for {
		_, err := syscall.Write(h.fd, []byte(record))
		switch err {
		case nil, syscall.EAGAIN:
			return err
		case syscall.EINTR:
			continue
		}
		syscall.Close(h.fd)
		h.open = false
		return fmt.Errorf("cannot write to the event handle %s: %w", h.path, err)
	}
}

// ensureOpen opens the pipe anew rather than using the inherited descriptor: that one blocks, and to change it would change it
// for whoever shares it. Through the descriptor the pipe is found also when its path is gone.
func (h *eventHandle) ensureOpen() error {
	if h.open {
		return nil
	}
	var err error
	if h.inherited >= 0 {
		h.fd, err = openPipe(fmt.Sprintf("/dev/fd/%d", h.inherited))
		h.open = err == nil
	}
	if !h.open {
		h.fd, err = openPipe(h.path)
		h.open = err == nil
	}
	return err
}

// openPipe has no create flag: a path that is gone must not become a regular file that nobody reads.
func openPipe(path string) (int, error) {
	fd, err := syscall.Open(path, syscall.O_WRONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("cannot open the event handle %s: %w", path, err)
	}
	if isPipe(fd) {
		return fd, nil
	}
	syscall.Close(fd)
	return -1, fmt.Errorf("the event handle %s is not a named pipe", path)
}

// failureRecord is the line that reports a failure: one line, at most 512 bytes, cut at the end of a character.
func failureRecord(head, reason string) string {
	reason = strings.Map(func(char rune) rune {
		if unicode.IsControl(char) {
			return ' '
		}
		return char
	}, strings.ToValidUTF8(reason, "\uFFFD"))
	line := strings.TrimSpace(head + " " + reason)
	if room := maxRecordBytes - 1; len(line) > room {
		for !utf8.RuneStart(line[room]) {
			room--
		}
		line = line[:room]
	}
	return line + "\n"
}
