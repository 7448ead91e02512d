package host

import "time"

func (i *instance) beginTerminate(c call) (*operation, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if known := i.remembered(callTerminate, c.id); known != nil {
		return known, nil
	}
	r, err := i.namedResource(c.params)
	if err != nil {
		return nil, err
	}
	earlier, overtaken := i.operations[callTerminate], i.overtake(r)
	o := &operation{id: c.id, call: callTerminate, cancel: func() {}}
	i.operations[callTerminate] = o
	o.start(i.ctx, func() (any, error) {
		if earlier != nil {
			<-earlier.ended
		}
		err := i.cleanUp(r, overtaken)
		i.finishTerminate(o, err)
		return nothing{}, err
	})
	return o, nil
}

// overtaken is what a terminate found running and cancelled.
type overtaken struct {
	operation *operation
	checks    []check
}

// overtake cancels whatever runs, and ends the incarnation. The lock is held.
func (i *instance) overtake(r *Resource) overtaken {
	found := overtaken{operation: i.running}
	i.phase = phaseFailed
	r.retire()
	if i.running != nil {
		i.running.overtake()
	}
	i.host.unanswered.cancelOf(i.name)
	for check := range i.checks {
		found.checks = append(found.checks, check)
	}
	return found
}

// returned waits until everything that was overtaken has returned, at most for the limit.
func (o overtaken) returned(limit time.Duration) bool {
	late := time.NewTimer(limit)
	defer late.Stop()
	for _, done := range o.ends() {
		select {
		case <-done:
		case <-late.C:
			return false
		}
	}
	return true
}

func (o overtaken) ends() []<-chan struct{} {
	var ends []<-chan struct{}
	if o.operation != nil {
		ends = append(ends, o.operation.ended)
	}
	for _, check := range o.checks {
		ends = append(ends, check.ended)
	}
	return ends
}

// canActNoMore waits, without limit, for what could still change something. A poll that is stuck harms nobody.
func (o overtaken) canActNoMore() {
	if o.operation != nil {
		<-o.operation.ended
	}
	for _, check := range o.checks {
		if check.acts {
			<-check.ended
		}
	}
}

// cleanUp lets the author terminate. Its return means that nothing of the incarnation can still act: so it waits for what is
// stuck, and cleans up once more what an online has brought up after all.
func (i *instance) cleanUp(r *Resource, overtaken overtaken) error {
	alone := overtaken.returned(overlapAfter)
	err := i.callTerminate(r)
	overtaken.canActNoMore()
	if o := overtaken.operation; !alone && o != nil && o.call == callOnline && o.succeeded() {
		return i.callTerminate(r)
	}
	return err
}

func (i *instance) callTerminate(r *Resource) error {
	i.mu.Lock()
	mayRun := i.mayRun
	i.mu.Unlock()
	if !mayRun {
		return nil
	}
	return guardedError("Terminate", func() error { return i.handler.Terminate(i.ctx, r) })
}

func (i *instance) finishTerminate(o *operation, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.lastOp = &finishedOperation{o.id, err == nil}
	if err == nil {
		i.phase, i.mayRun = phaseTerminated, false
	}
}
