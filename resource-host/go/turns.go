package host

import "sync"

// turns lets the calls of one lane begin in the order in which they came, each after the answer to the one before it.
type turns struct {
	mu   sync.Mutex
	last map[string]*turn
}

// A turn is the place of one call in its lane.
type turn struct {
	// come is closed when the call may begin.
	come  <-chan struct{}
	over  chan struct{}
	lane  string
	turns *turns
}

// take queues in the lane of this name. In the lane without a name nobody waits.
func (t *turns) take(lane string) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	taken := &turn{over: make(chan struct{}), lane: lane, turns: t}
	if before := t.last[lane]; before != nil {
		taken.come = before.over
	} else {
		now := make(chan struct{})
		close(now)
		taken.come = now
	}
	if lane != "" {
		t.last[lane] = taken
	}
	return taken
}

func (t *turn) hasCome() bool {
	select {
	case <-t.come:
		return true
	default:
		return false
	}
}

// end lets the next call of the lane begin.
func (t *turn) end() {
	t.turns.mu.Lock()
	defer t.turns.mu.Unlock()
	close(t.over)
	if t.turns.last[t.lane] == t {
		delete(t.turns.last, t.lane)
	}
}
