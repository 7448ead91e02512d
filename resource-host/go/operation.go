package host

import (
	"context"
	"sync"
	"time"
)

// pendAfter is how long an online or offline may take before it is answered as pending: well below the 300 ms after which the
// daemon warns of a slow call.
const pendAfter = 100 * time.Millisecond

// The operations: calls whose result is remembered, and which are asked for again under the same id.
const (
	callOnline    = "online"
	callOffline   = "offline"
	callTerminate = "terminate"
)

// A reply answers one request of the daemon; false: the connection that brought it has ended, so nobody was told.
type reply func(result any, err error) (told bool)

// An operation is one online, offline or terminate. It runs once, however often the daemon asks for it.
type operation struct {
	id, call string
	// cancel asks the work to give up.
	cancel context.CancelFunc
	// tell reports to the daemon, and returns when a daemon has answered.
	tell func(ctx context.Context, report statusReport) (terminate bool)

	// reporting ends when nobody is to hear of this operation any more.
	reporting  context.Context
	stopReport context.CancelFunc
	pend       sync.Once
	toPend     chan struct{}
	ended      chan struct{}
	// news holds one token while there is a report to send.
	news chan struct{}

	mu         sync.Mutex
	result     any
	err        error
	pended     bool
	overtaken  bool
	checkpoint int64
	progress   string
}

type statusReport struct {
	OperationID string `json:"operationId"`
	Checkpoint  int64  `json:"checkpoint"`
	State       string `json:"state"`
	Text        string `json:"text,omitempty"`
	onlineResult
}

// pending is the result of an operation that has begun.
type pending struct {
	Pending bool `json:"pending"`
}

func (o *operation) start(ctx context.Context, work func() (any, error)) {
	o.reporting, o.stopReport = context.WithCancel(ctx)
	o.toPend, o.ended, o.news = make(chan struct{}), make(chan struct{}), make(chan struct{}, 1)
	if o.call != callTerminate {
		timer := time.AfterFunc(pendAfter, o.becomePending)
		go func() {
			defer timer.Stop()
			o.end(work())
		}()
		return
	}
	go func() { o.end(work()) }()
}

func (o *operation) becomePending() { o.pend.Do(func() { close(o.toPend) }) }

// answer says how it ended, or that it is pending. Under the lock: no report of it may leave before the word `pending`, also
// not on a later connection, where the daemon asks again.
func (o *operation) answer(reply reply) {
	select {
	case <-o.ended:
	case <-o.toPend:
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case !o.hasEnded():
		if told := reply(pending{true}, nil); told && !o.pended {
			o.pended = true
			go o.report()
		}
	case o.overtaken:
		reply(nil, Errorf(Cancelled, "%s: terminated meanwhile", o.id))
	default:
		reply(o.result, o.err)
	}
}

func (o *operation) end(result any, err error) {
	o.mu.Lock()
	o.result, o.err = result, err
	close(o.ended)
	o.mu.Unlock()
	o.wakeReporter()
}

func (o *operation) hasEnded() bool {
	select {
	case <-o.ended:
		return true
	default:
		return false
	}
}

// succeeded is for an operation that has ended.
func (o *operation) succeeded() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.err == nil
}

// overtake makes its end meaningless: a terminate came.
func (o *operation) overtake() {
	o.mu.Lock()
	o.overtaken = true
	o.mu.Unlock()
	o.stopReport()
	o.cancel()
}

func (o *operation) isOvertaken() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.overtaken
}

// advance shows that the operation gets on. It is pending from then on, because only then a report is legal.
func (o *operation) advance(text string) {
	o.mu.Lock()
	o.checkpoint++
	o.progress = text
	o.mu.Unlock()
	o.becomePending()
	o.wakeReporter()
}

func (o *operation) wakeReporter() {
	select {
	case o.news <- struct{}{}:
	default:
	}
}

// report sends one report after the other; of those that wait only the newest is left.
func (o *operation) report() {
	defer o.stopReport()
	for {
		select {
		case <-o.news:
		case <-o.reporting.Done():
			return
		}
		report, last := o.newest()
		if o.tell(o.reporting, report) {
			o.cancel()
			return
		}
		if last {
			return
		}
	}
}

func (o *operation) newest() (report statusReport, last bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	report = statusReport{OperationID: o.id, Checkpoint: o.checkpoint, State: o.call + "Pending", Text: o.progress}
	if !o.hasEnded() {
		return report, false
	}
	report.Checkpoint, report.Text, report.State = o.checkpoint+1, "", o.call
	if o.err != nil {
		report.State, report.Text = "failed", cutText(o.err.Error())
	} else if online, ok := o.result.(onlineResult); ok {
		report.onlineResult = online
		report.onlineResult.Contract = ""
	}
	return report, true
}
