package host

import (
	"context"
	"errors"
	"syscall"
	"time"
)

const (
	firstRepeat   = 2 * time.Second
	longestRepeat = time.Minute
	// retryPause is the wait before a pipe that is full, or cannot be opened, is tried again.
	retryPause = 50 * time.Millisecond
)

// fail reports a failure of this incarnation: now, within the caller's turn, if the pipe takes it.
func (i *instance) fail(r *Resource, reason string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.current != r || r.ctx.Err() != nil || r.failed || r.leaving || r.recordHead == "" {
		return
	}
	r.failed = true
	if i.phase == phaseOnline {
		i.phase = phaseFailed
	}
	record := failureRecord(r.recordHead, reason)
	err := i.host.eventHandle.write(record)
	ctx, stop := context.WithCancel(r.ctx)
	r.stopRecord = stop
	go i.repeatRecord(ctx, record, err)
}

// repeatRecord writes the record again until it is told to stop: a daemon may have died with it in its hand.
func (i *instance) repeatRecord(ctx context.Context, record string, err error) {
	for wait := firstRepeat; ; wait = longer(wait) {
		for err != nil {
			if !errors.Is(err, syscall.EAGAIN) {
				i.host.complain(i.name, err)
			}
			if !sleep(ctx, retryPause) {
				return
			}
			err = i.host.eventHandle.write(record)
		}
		if !sleep(ctx, wait) {
			return
		}
		err = i.host.eventHandle.write(record)
	}
}

func longer(wait time.Duration) time.Duration {
	if wait *= 2; wait > longestRepeat {
		return longestRepeat
	}
	return wait
}

// dismissRecord forgets a failure that the daemon verified and refuted.
func (i *instance) dismissRecord(incarnation uint32) {
	i.mu.Lock()
	defer i.mu.Unlock()
	r := i.current
	if r.incarnation != incarnation || !r.failed {
		return
	}
	r.stopRecord()
	r.failed = false
	if i.phase == phaseFailed {
		i.phase = phaseOnline
	}
}

// retire ends an incarnation: it is offline, or is being terminated. The lock of the instance is held.
func (r *Resource) retire() {
	r.stopRecord()
	r.end()
	r.failed = false
}
