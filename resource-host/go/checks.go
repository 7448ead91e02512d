package host

import (
	"context"
	"encoding/json"
	"errors"
)

// A check is a poll or a control that runs: what neither begins nor ends an incarnation, and yields to a terminate.
type check struct {
	// acts: it is a control, which may change something until it has returned.
	acts  bool
	ended chan struct{}
}

type aliveness struct {
	Alive  bool   `json:"alive"`
	Reason string `json:"reason,omitempty"`
}

type controlResult struct {
	Output json.RawMessage `json:"output,omitempty"`
}

// beginCheck lets a terminate find the check from now on, until it has returned.
func (i *instance) beginCheck(acts bool, work func() (any, error)) answering {
	begun := check{acts, make(chan struct{})}
	i.mu.Lock()
	i.checks[begun] = struct{}{}
	i.mu.Unlock()
	return func(reply reply) {
		result, err := work()
		i.mu.Lock()
		delete(i.checks, begun)
		i.mu.Unlock()
		close(begun.ended)
		reply(result, err)
	}
}

// looksAlive answers nil for a handler without such a check.
func (i *instance) looksAlive(ctx context.Context, r *Resource) error {
	if asker, ok := i.handler.(LooksAliver); ok {
		return guardedError("LooksAlive", func() error { return asker.LooksAlive(ctx, r) })
	}
	return nil
}

// isAlive answers nil for a handler without such a check.
func (i *instance) isAlive(ctx context.Context, r *Resource) error {
	if asker, ok := i.handler.(IsAliver); ok {
		return guardedError("IsAlive", func() error { return asker.IsAlive(ctx, r) })
	}
	return nil
}

func (i *instance) poll(ctx context.Context, c call, ask func(ctx context.Context, r *Resource) error) (any, error) {
	r, reason, err := i.polled(c.params)
	if err != nil {
		return nil, err
	}
	if reason != "" {
		return aliveness{false, reason}, nil
	}
	if c.deadline > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.deadline)
		defer cancel()
	}
	err = ask(ctx, r)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return nil, Errorf(Cancelled, "%s: the check was cancelled", i.name)
	case err == nil:
		return aliveness{Alive: true}, nil
	case errors.Is(err, NotSupported):
		return nil, err
	}
	return aliveness{false, cutText(err.Error())}, nil
}

// polled answers whom a poll asks, or the reason why that one is not alive anyhow.
func (i *instance) polled(params object) (r *Resource, reason string, err error) {
	incarnation, err := member[uint32](params, "incarnation")
	if err != nil {
		return nil, "", err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	r = i.current
	switch {
	case incarnation < r.incarnation:
		err = Errorf(StaleIncarnation, "%s@%d: this host knows @%d already", i.name, incarnation, r.incarnation)
	case incarnation > r.incarnation:
		err = Errorf(InvalidState, "%s@%d: this host knows no later incarnation than @%d", i.name, incarnation, r.incarnation)
	case i.phase == phaseOnline || i.phase == phaseOnlinePending || i.phase == phaseFailed && r.ctx.Err() == nil:
		if _, asks := i.handler.(IsAliver); r.failed && !asks {
			reason = "it reported a failure"
		}
	default:
		reason = "it is not online"
	}
	return r, reason, err
}

func (i *instance) control(ctx context.Context, c call) (any, error) {
	asked, err := i.host.newControl(ctx, c)
	if err != nil {
		return nil, err
	}
	controller, ok := i.handler.(Controller)
	if !ok {
		return nil, Errorf(NotSupported, "%s has no control codes, so not %q", i.name, asked.Code)
	}
	i.mu.Lock()
	r := i.current
	i.mu.Unlock()
	output, err := controlOutput(func() (any, error) { return controller.Control(ctx, r, asked) })
	return output, cancelledOr(ctx, err)
}

// newControl is what the author is given of a resourceControl or resourceTypeControl.
func (h *host) newControl(ctx context.Context, c call) (*Control, error) {
	code, err := member[string](c.params, "code")
	if err != nil {
		return nil, err
	}
	extend := func(ms int64) error {
		_, err := h.link.request(ctx, "extendControl", map[string]any{"callId": c.id, "ms": ms})
		return err
	}
	return &Control{Code: code, Input: c.params["input"], extend: extend}, nil
}

// controlOutput runs a control and writes its output as JSON, which may fail, or panic, like the control itself.
func controlOutput(control func() (any, error)) (any, error) {
	return guarded("Control", func() (any, error) {
		output, err := control()
		if err != nil || output == nil {
			return nothing{}, err
		}
		text, err := json.Marshal(output)
		if err != nil {
			return nil, Errorf(Failed, "the output of the control is no JSON: %w", err)
		}
		return controlResult{text}, nil
	})
}
