package host

import (
	"context"
	"fmt"
	"os"
	"sort"
	"time"
)

// Limits for one resource when the host ends, and nobody else limits it.
const (
	offlineLimit   = time.Minute
	terminateLimit = 30 * time.Second
)

// takeAllOffline stops what may run: what came online last goes first, one after the other.
func (h *host) takeAllOffline() {
	var running []*instance
	for _, i := range h.all() {
		i.mu.Lock()
		if i.mayRun {
			running = append(running, i)
		}
		i.mu.Unlock()
	}
	sort.Slice(running, func(a, b int) bool { return running[a].onlineOrder > running[b].onlineOrder })
	for _, i := range running {
		i.stopForGood()
	}
}

// stopForGood takes the resource offline, or, if that fails, terminates it, within limits even if the author's code is stuck.
func (i *instance) stopForGood() {
	r, begun := i.abandon()
	err := within(offlineLimit, func(ctx context.Context) error {
		if begun != nil {
			<-begun.ended
		}
		return guardedError("Offline", func() error { return i.handler.Offline(ctx, r) })
	})
	if err == nil {
		return
	}
	fmt.Fprintf(os.Stderr, "%s: offline failed: %v; terminating it\n", i.name, err)
	err = within(terminateLimit, func(ctx context.Context) error {
		return guardedError("Terminate", func() error { return i.handler.Terminate(ctx, r) })
	})
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: terminate failed: %v; something of it may still run\n", i.name, err)
	}
}

// abandon gives up what has begun: nobody is there to hear of its end.
func (i *instance) abandon() (*Resource, *operation) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.current.leaving = true
	i.current.stopRecord()
	if i.running != nil {
		i.running.overtake()
	}
	return i.current, i.running
}

func within(limit time.Duration, work func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- work(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("not done within %v", limit)
	}
}
