package host

import (
	"context"
	"time"
)

// overlapAfter is how long a terminate waits for what it cancelled to return. What is stuck is not waited for: to clean up may
// be what gets it going.
const overlapAfter = time.Second

func (i *instance) beginOnline(c call) (*operation, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if known := i.remembered(callOnline, c.id); known != nil {
		return known, nil
	}
	r, err := i.nextIncarnation(c.params)
	if err != nil {
		return nil, err
	}
	if i.phase != phaseOffline && i.phase != phaseTerminated {
		return nil, Errorf(InvalidState, "%s is %s; it must be offline or terminated before online", i.name, i.phase)
	}
	i.current, i.phase, i.mayRun, i.contract = r, phaseOnlinePending, true, ""
	i.onlineOrder = i.host.nextOrder()
	return i.begin(c.id, callOnline, r, r.end, func() (any, error) {
		contract, err := guarded("Online", func() (Contract, error) { return i.handler.Online(r.ctx, r) })
		if err == nil {
			contract, err = contract.settled(i.handler, r.eventHandle)
		}
		if err != nil {
			return nil, cancelledOr(r.ctx, err)
		}
		i.mu.Lock()
		i.contract = contract.kind
		i.mu.Unlock()
		return contract.result(), nil
	}), nil
}

// nextIncarnation makes the resource of an online request. The lock is held.
func (i *instance) nextIncarnation(params object) (*Resource, error) {
	incarnation, err := member[uint32](params, "incarnation")
	if err != nil {
		return nil, err
	}
	if known := i.current.incarnation; incarnation <= known {
		return nil, Errorf(StaleIncarnation, "%s@%d: this host knows @%d already", i.name, incarnation, known)
	}
	properties, err := propertiesOf(params)
	if err != nil {
		return nil, err
	}
	r := i.newResource(incarnation, properties)
	if r.eventHandle, err = member[string](params, "eventHandle"); err != nil {
		return nil, err
	}
	r.recordHead, err = member[string](params, "failureRecord")
	return r, err
}

func (i *instance) beginOffline(c call) (*operation, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if known := i.remembered(callOffline, c.id); known != nil {
		return known, nil
	}
	r, err := i.namedResource(c.params)
	if err != nil {
		return nil, err
	}
	if i.running != nil {
		return nil, Errorf(InvalidState, "%s is %s; terminate it, or wait, before offline", i.name, i.phase)
	}
	i.phase, r.leaving = phaseOfflinePending, true
	ctx, cancel := context.WithCancel(i.ctx)
	if c.longest > 0 {
		ctx, cancel = context.WithTimeout(i.ctx, c.longest)
	}
	mayRun := i.mayRun
	return i.begin(c.id, callOffline, r, cancel, func() (any, error) {
		defer cancel()
		if !mayRun {
			return nothing{}, nil
		}
		err := guardedError("Offline", func() error { return i.handler.Offline(ctx, r) })
		return nothing{}, cancelledOr(ctx, err)
	}), nil
}

// namedResource is the incarnation that a call names. The lock is held.
func (i *instance) namedResource(params object) (*Resource, error) {
	incarnation, err := member[uint32](params, "incarnation")
	if err != nil {
		return nil, err
	}
	return i.resourceOf(incarnation)
}

// begin starts an online or offline. The lock is held.
func (i *instance) begin(id, call string, r *Resource, cancel context.CancelFunc, work func() (any, error)) *operation {
	o := &operation{id: id, call: call, cancel: cancel, tell: i.host.statusReport}
	i.operations[call], i.running = o, o
	o.start(i.ctx, func() (any, error) {
		result, err := work()
		i.finish(o, r, err)
		return result, err
	})
	return o
}

func (i *instance) remembered(call, id string) *operation {
	if known := i.operations[call]; known != nil && known.id == id {
		return known
	}
	return nil
}

// finish takes the end of an online or offline to the phase, before anybody hears of that end.
func (i *instance) finish(o *operation, r *Resource, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.running = nil
	if o.isOvertaken() {
		return
	}
	i.lastOp = &finishedOperation{o.id, err == nil}
	switch {
	case err != nil:
		i.phase, r.leaving = phaseFailed, false
	case o.call == callOffline:
		i.phase, i.mayRun = phaseOffline, false
		r.retire()
	case r.failed:
		i.phase = phaseFailed
	default:
		i.phase = phaseOnline
	}
}
