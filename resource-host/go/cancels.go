package host

import (
	"context"
	"sync"
)

// cancels finds the context of an unanswered call by its id.
type cancels struct {
	mu   sync.Mutex
	byID map[string]context.CancelFunc
}

func (s *cancels) add(parent context.Context, id string) (ctx context.Context, forget func()) {
	ctx, cancel := context.WithCancel(parent)
	s.mu.Lock()
	s.byID[id] = cancel
	s.mu.Unlock()
	return ctx, func() {
		cancel()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.byID, id)
	}
}

func (s *cancels) cancel(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cancel := s.byID[id]; cancel != nil {
		cancel()
	}
}
