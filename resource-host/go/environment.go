package host

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// ErrNoDaemon is what Serve answers in a program that andond did not start.
var ErrNoDaemon = errors.New("this is a resource host: andond starts it and sets ANDON_SOCKET. " +
	"Register it with `andon type register --name TYPE -- COMMAND`; try it with `andon host check -- COMMAND`")

// environment is what the daemon tells a host when it starts it.
type environment struct {
	socket, hostID, token, eventHandle string
	// inherited is the descriptor of the pipe that this process was born with, or -1.
	inherited int
}

// takeEnvironment reads it, and takes the token out of what every child would inherit: whoever has it can speak as this host.
func takeEnvironment() (environment, error) {
	token := os.Getenv("ANDON_TOKEN")
	if err := os.Unsetenv("ANDON_TOKEN"); err != nil {
		return environment{}, fmt.Errorf("cannot take ANDON_TOKEN out of the environment: %w", err)
	}
	e := environment{
		socket:      os.Getenv("ANDON_SOCKET"),
		hostID:      os.Getenv("ANDON_HOST_ID"),
		token:       token,
		eventHandle: os.Getenv("ANDON_EVENT_HANDLE"),
		inherited:   inheritedPipe(os.Getenv("ANDON_EVENT_FD")),
	}
	if e.socket == "" {
		return e, ErrNoDaemon
	}
	return e, nil
}

// inheritedPipe keeps the descriptor open but for children: unread records survive a crash of the daemon in it.
func inheritedPipe(number string) int {
	fd, err := strconv.Atoi(number)
	if err != nil || fd < 3 || !isPipe(fd) {
		return -1
	}
	syscall.CloseOnExec(fd)
	return fd
}

func isPipe(fd int) bool {
	var stat syscall.Stat_t
	return syscall.Fstat(fd, &stat) == nil && stat.Mode&syscall.S_IFMT == syscall.S_IFIFO
}
