// tcp-lifeline is a resource type of andon: a service is online as long as a connection to it stands. The service itself is
// somebody else's; this tells within milliseconds that it has gone.
package main

import (
	"context"
	"fmt"
	"time"

	"andon/host"
)

func main() {
	host.Main(host.Type{Name: "tcp-lifeline", New: func() host.Handler { return new(lifeline) }})
}

// A lifeline is one resource.
type lifeline struct {
	service service
	line    *line
	// watched is closed when nobody watches the line any more.
	watched chan struct{}
}

// Online connects. From then on a goroutine reads, which ends when the connection does: so nobody has to ask.
func (l *lifeline) Online(ctx context.Context, r *host.Resource) (host.Contract, error) {
	l.service = service{ReconnectWindowMs: 2000}
	if err := r.ReadProperties(&l.service); err != nil {
		return host.Contract{}, err
	}
	line := new(line)
	l.line, l.watched = line, make(chan struct{})
	// The context ends with the incarnation, and so does whatever waits for the line.
	go func() {
		<-ctx.Done()
		line.close()
	}()
	err := l.service.connect(ctx, line, r.Progress)
	if err != nil {
		close(l.watched)
		return host.Contract{}, fmt.Errorf("%w: %v", host.Unavailable, err)
	}
	service, watched := l.service, l.watched
	r.Go(func(ctx context.Context) {
		defer close(watched)
		watch(ctx, r, service, line)
	})
	return host.Event(), nil
}

// watch takes the loss of the connection as a suspicion: a restart of the service, or of something between, also ends it.
// Only a service that cannot be reached again, or that drops the next connection as well, has failed.
func watch(ctx context.Context, r *host.Resource, service service, line *line) {
	for losses := 1; ; losses++ {
		stood, lost := line.untilLost()
		if line.isClosed() {
			return
		}
		if losses > 1 && stood < service.reconnectWindow() {
			r.Fail(fmt.Sprintf("%s dropped a new connection after %v: %v", service.Address, stood.Round(time.Millisecond), lost))
			return
		}
		r.SetStatusText("connecting again: " + lost.Error())
		if err := service.connect(ctx, line, func(string, ...any) {}); err != nil {
			r.Fail(fmt.Sprintf("the connection was lost (%v), and then: %v", lost, err))
			return
		}
		r.SetStatusText("connected")
		r.SetData1(float64(losses))
	}
}

// Offline closes the connection. The service hears of it as of any client that goes.
func (l *lifeline) Offline(ctx context.Context, r *host.Resource) error { return l.Terminate(ctx, r) }

// Terminate returns when nobody reads or connects any more.
func (l *lifeline) Terminate(ctx context.Context, r *host.Resource) error {
	if l.line != nil {
		l.line.close()
		<-l.watched
	}
	return nil
}

// IsAlive is asked when somebody else suspects the service: it is there if it takes one more connection.
func (l *lifeline) IsAlive(ctx context.Context, r *host.Resource) error {
	probe := new(line)
	defer probe.close()
	return l.service.connect(ctx, probe, func(string, ...any) {})
}
