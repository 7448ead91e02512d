package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// version is the version of this library, told to the daemon.
const version = "1.0.0"

const (
	exitRefused  = 1
	exitNoDaemon = 2
)

// Main serves the types and ends the program: with 0 when its resources were taken offline in good order, with 1 when the
// daemon did not want it, with 2 when no daemon started it.
func Main(types ...Type) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	err := Serve(ctx, types...)
	stop()
	if err == nil {
		os.Exit(0)
	}
	fmt.Fprintln(os.Stderr, err)
	if errors.Is(err, ErrNoDaemon) {
		os.Exit(exitNoDaemon)
	}
	os.Exit(exitRefused)
}

// Serve serves the types to the daemon that started this process, until the context ends, the daemon says goodbye, or none came
// for the orphan period. Then it takes all resources offline, in reverse order of their online, and returns nil. It takes
// ANDON_TOKEN out of the environment, so it can be called once, before anything is started. The error is ErrNoDaemon, or says
// why the daemon did not want this host.
func Serve(ctx context.Context, types ...Type) error {
	environment, err := takeEnvironment()
	if err != nil {
		return err
	}
	// A log file or pipe that nobody reads is no reason to die. Handled rather than ignored: children would inherit that.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	// The resources outlive the wish to end: they are taken offline after it.
	work, stop := context.WithCancel(context.Background())
	defer stop()
	h, err := newHost(work, environment, types)
	if err != nil {
		return err
	}
	if err := h.link.run(ctx); err != nil {
		return err
	}
	h.takeAllOffline()
	return nil
}
