package host

import (
	"context"
	"sync"
)

// A bulletin holds what is shown beside a resource, and sends it when it changes and to each new daemon. However often the
// values change, one request is on its way at a time, with the newest of them.
type bulletin struct {
	ctx  context.Context
	send func(ctx context.Context, values map[string]any)

	mu      sync.Mutex
	values  map[string]any
	changed bool
	sending bool
}

func newBulletin(ctx context.Context, resource string, send func(ctx context.Context, values map[string]any)) *bulletin {
	return &bulletin{ctx: ctx, send: send, values: map[string]any{"resourceId": resource}}
}

func (b *bulletin) set(name string, value any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.values[name] = value
	b.publish()
}

// repeat tells a new daemon, which knows nothing of this.
func (b *bulletin) repeat() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.values) > 1 {
		b.publish()
	}
}

// publish is called with the lock held.
func (b *bulletin) publish() {
	b.changed = true
	if !b.sending {
		b.sending = true
		go b.sendUntilTold()
	}
}

func (b *bulletin) sendUntilTold() {
	for {
		values := b.takeChanged()
		if values == nil {
			return
		}
		b.send(b.ctx, values)
	}
}

func (b *bulletin) takeChanged() map[string]any {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.changed {
		b.sending = false
		return nil
	}
	b.changed = false
	values := make(map[string]any, len(b.values))
	for name, value := range b.values {
		values[name] = value
	}
	return values
}
