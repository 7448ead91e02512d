package host

import (
	"context"
	"sync"
)

// unanswered holds the calls that have no answer yet, so that they can be cancelled.
type unanswered struct {
	mu    sync.Mutex
	calls map[string]cancellable
}

type cancellable struct {
	resource string
	cancel   context.CancelFunc
}

// add answers the context of the call.
func (u *unanswered) add(parent context.Context, c call) (ctx context.Context, forget func()) {
	ctx, cancel := context.WithCancel(parent)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.calls[c.id] = cancellable{c.resource(), cancel}
	return ctx, func() {
		cancel()
		u.mu.Lock()
		defer u.mu.Unlock()
		delete(u.calls, c.id)
	}
}

// cancel asks the call of this id to give up, also if it waits for its turn.
func (u *unanswered) cancel(id string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if c, there := u.calls[id]; there {
		c.cancel()
	}
}

// cancelOf asks all calls of this resource to give up.
func (u *unanswered) cancelOf(resource string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, c := range u.calls {
		if c.resource == resource {
			c.cancel()
		}
	}
}
