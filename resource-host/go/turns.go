package host

import "sync"

// turns lets the calls of one resource begin in the order in which they came, each after the answer to the one before it.
type turns struct {
	mu   sync.Mutex
	last map[string]chan struct{}
}

// take queues for the lane of this name. The call begins when begin is closed, and calls end when it is answered.
func (t *turns) take(lane string) (begin <-chan struct{}, end func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before, ended := t.last[lane], make(chan struct{})
	if before == nil {
		before = make(chan struct{})
		close(before)
	}
	t.last[lane] = ended
	return before, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		close(ended)
		if t.last[lane] == ended {
			delete(t.last, lane)
		}
	}
}
