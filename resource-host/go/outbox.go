package host

import (
	"context"
	"io"
	"net"
	"sync"
)

// outbox holds frames until the daemon reads them, so that nobody who tells it something waits for it.
type outbox struct {
	mu     sync.Mutex
	frames net.Buffers
	bytes  int
	// filled holds one token while there is something to write.
	filled chan struct{}
}

func newOutbox() *outbox { return &outbox{filled: make(chan struct{}, 1)} }

func (o *outbox) put(frame []byte) {
	o.mu.Lock()
	o.frames = append(o.frames, frame)
	o.bytes += len(frame)
	o.mu.Unlock()
	select {
	case o.filled <- struct{}{}:
	default:
	}
}

// backlog is what waits, in bytes.
func (o *outbox) backlog() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bytes
}

// drain writes what is put until the context ends or the writer fails.
func (o *outbox) drain(ctx context.Context, to io.Writer) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-o.filled:
		}
		frames := o.take()
		if _, err := frames.WriteTo(to); err != nil {
			return err
		}
	}
}

func (o *outbox) take() net.Buffers {
	o.mu.Lock()
	defer o.mu.Unlock()
	frames := o.frames
	o.frames, o.bytes = nil, 0
	return frames
}
