package host

import "context"

// scripted is a handler that does what its test says; what a test leaves out succeeds.
type scripted struct {
	online    func(ctx context.Context, r *Resource) (Contract, error)
	offline   func(ctx context.Context, r *Resource) error
	terminate func(ctx context.Context, r *Resource) error
	control   func(ctx context.Context, r *Resource, control *Control) (any, error)
}

// web is the type of the tests, with one handler for all its resources.
func web(handler Handler) Type { return Type{Name: "web", New: func() Handler { return handler }} }

func (s *scripted) Online(ctx context.Context, r *Resource) (Contract, error) {
	if s.online == nil {
		return Event(), nil
	}
	return s.online(ctx, r)
}

func (s *scripted) Offline(ctx context.Context, r *Resource) error {
	if s.offline == nil {
		return nil
	}
	return s.offline(ctx, r)
}

func (s *scripted) Terminate(ctx context.Context, r *Resource) error {
	if s.terminate == nil {
		return nil
	}
	return s.terminate(ctx, r)
}

func (s *scripted) Control(ctx context.Context, r *Resource, control *Control) (any, error) {
	if s.control == nil {
		return nil, NotSupported
	}
	return s.control(ctx, r, control)
}
