package host

import (
	"context"
	"encoding/json"
	"sync"
)

// The phases of an instance, in the words of the protocol.
const (
	phaseOffline        = "Offline"
	phaseOnlinePending  = "OnlinePending"
	phaseOnline         = "Online"
	phaseOfflinePending = "OfflinePending"
	phaseFailed         = "Failed"
	// phaseTerminated is told as Failed: whether it counts as a failure is for the daemon to say.
	phaseTerminated = "Terminated"
)

// An instance is one open resource: in which phase it is, what runs of it, and how its last operations ended.
type instance struct {
	host     *host
	name     string
	handler  Handler
	bulletin *bulletin
	// ctx ends when the resource is closed.
	ctx    context.Context
	forget context.CancelFunc

	mu      sync.Mutex
	phase   string
	current *Resource
	// mayRun: something of it may run, so offline and terminate must ask the author.
	mayRun   bool
	contract string
	// running is the online or offline that has not ended.
	running *operation
	// operations holds the newest of each kind, which also answers its repeats.
	operations map[string]*operation
	lastOp     *finishedOperation
	// onlineOrder says after which others it was brought online.
	onlineOrder int
	checks      map[check]struct{}
}

type finishedOperation struct {
	ID string `json:"id"`
	OK bool   `json:"ok"`
}

// description is what hello says of one resource.
type description struct {
	ID          string             `json:"id"`
	Incarnation uint32             `json:"incarnation"`
	State       string             `json:"state"`
	Failed      bool               `json:"failed,omitempty"`
	LastOp      *finishedOperation `json:"lastOp,omitempty"`
	Contract    string             `json:"contract,omitempty"`
}

func newInstance(h *host, name string, handler Handler, properties json.RawMessage) *instance {
	i := &instance{host: h, name: name, handler: handler, phase: phaseOffline, operations: map[string]*operation{}, checks: map[check]struct{}{}}
	i.ctx, i.forget = context.WithCancel(h.ctx)
	i.bulletin = newBulletin(i.ctx, name, func(ctx context.Context, values map[string]any) {
		if _, err := h.link.tell(ctx, "setProperties", values); err != nil && ctx.Err() == nil {
			h.log(LevelWarn, name, "the values of the status were not taken: "+err.Error())
		}
	})
	i.current = i.newResource(0, properties)
	return i
}

func (i *instance) newResource(incarnation uint32, properties json.RawMessage) *Resource {
	r := &Resource{instance: i, incarnation: incarnation, properties: properties, stopRecord: func() {}}
	r.ctx, r.end = context.WithCancel(i.ctx)
	return r
}

// resourceOf answers the incarnation that an offline or terminate names: the current one, or a newer one that an earlier host
// of this resource brought online. The lock is held.
func (i *instance) resourceOf(incarnation uint32) (*Resource, error) {
	known := i.current.incarnation
	if incarnation < known {
		return nil, Errorf(StaleIncarnation, "%s@%d: this host knows @%d already", i.name, incarnation, known)
	}
	if incarnation > known {
		i.current.retire()
		i.current = i.newResource(incarnation, i.current.properties)
	}
	return i.current, nil
}

func (i *instance) describe() description {
	i.mu.Lock()
	defer i.mu.Unlock()
	d := description{ID: i.name, Incarnation: i.current.incarnation, State: i.phase, Failed: i.current.failed, LastOp: i.lastOp}
	switch i.phase {
	case phaseTerminated:
		d.State = phaseFailed
	case phaseOnline:
		d.Contract = i.contract
	}
	return d
}

// operationOf answers the online or offline that runs for this incarnation, if any.
func (i *instance) operationOf(r *Resource) *operation {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.current != r {
		return nil
	}
	return i.running
}

// cancel asks the online or offline of this id to give up.
func (i *instance) cancel(id string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.running != nil && i.running.id == id {
		i.running.cancel()
	}
}

func (i *instance) open(ctx context.Context, mayRun bool) (found string, err error) {
	running := false
	if opener, ok := i.handler.(Opener); ok {
		running, err = guarded("Open", func() (bool, error) { return opener.Open(ctx, i.current, mayRun) })
	}
	i.mayRun = mayRun || running
	if running {
		return "running", err
	}
	return "nothing", err
}

func (i *instance) close(ctx context.Context) error {
	i.mu.Lock()
	occupied, phase := i.mayRun || i.running != nil, i.phase
	i.mu.Unlock()
	if occupied {
		return Errorf(InvalidState, "%s is %s and may run; take it offline or terminate it before close", i.name, phase)
	}
	return i.end(ctx)
}

// discard ends an instance that was opened and never brought online by this host; what runs of it is left as it is.
func (i *instance) discard(ctx context.Context) error {
	i.mu.Lock()
	used, phase := i.running != nil || i.phase != phaseOffline, i.phase
	i.mu.Unlock()
	if used {
		return Errorf(InvalidState, "%s is %s; take it offline or terminate it before it is opened again", i.name, phase)
	}
	return i.end(ctx)
}

func (i *instance) end(ctx context.Context) error {
	i.mu.Lock()
	r := i.current
	i.mu.Unlock()
	if closer, ok := i.handler.(Closer); ok {
		if err := guardedError("Close", func() error { return closer.Close(ctx, r) }); err != nil {
			return err
		}
	}
	i.forget()
	return nil
}
