package host

import (
	"context"
	"errors"
	"time"
)

// A call is one request of the daemon.
type call struct {
	id, method string
	params     object
	// deadline is the time for its answer; longest is how long an online or offline may take in all. 0: not limited.
	deadline, longest time.Duration
}

func readCall(data object) (c call, err error) {
	var deadlineMs, maxMs int64
	var errs [5]error
	c.id, errs[0] = member[string](data, "id")
	c.method, errs[1] = member[string](data, "method")
	c.params, errs[2] = member[object](data, "params")
	deadlineMs, errs[3] = optional[int64](data, "deadlineMs")
	maxMs, errs[4] = optional[int64](data, "maxMs")
	c.deadline, c.longest = time.Duration(deadlineMs)*time.Millisecond, time.Duration(maxMs)*time.Millisecond
	for _, err := range errs {
		if err != nil {
			return c, err
		}
	}
	return c, nil
}

// lane is where the call queues; the empty lane is for what waits for nothing. No resource name has a blank in it.
func (c call) lane() string {
	switch c.method {
	case "ping", callTerminate:
		return ""
	case "startup":
		return "startup "
	case "resourceTypeControl":
		name, _ := optional[string](c.params, "type")
		return "type " + name
	}
	name, _ := optional[string](c.params, "resourceId")
	return name
}

// onRequest answers every request once, on the connection that brought it, whatever it holds and whatever an author does.
func (h *host) onRequest(c *connection, data object) {
	asked, err := readCall(data)
	if asked.id == "" {
		return
	}
	reply := func(result any, err error) { c.respond(asked.id, result, err) }
	if err != nil {
		reply(nil, err)
		return
	}
	ctx, forget := h.cancels.add(c.ctx, asked.id)
	begin, end := noTurn()
	if lane := asked.lane(); lane != "" {
		begin, end = h.turns.take(lane)
	}
	go func() {
		defer forget()
		defer end()
		<-begin
		if ctx.Err() != nil {
			reply(nil, Errorf(Cancelled, "%s: cancelled before its turn came", asked.id))
			return
		}
		h.perform(ctx, asked, reply)
	}()
}

func noTurn() (begin <-chan struct{}, end func()) {
	now := make(chan struct{})
	close(now)
	return now, func() {}
}

func (h *host) perform(ctx context.Context, c call, reply reply) {
	switch c.method {
	case "ping":
		reply(nothing{}, nil)
	case "startup":
		reply(h.startup(ctx, c.params))
	case "open":
		reply(h.open(ctx, c.params))
	case "close":
		reply(h.close(ctx, c.params))
	case "resourceTypeControl":
		reply(h.typeControl(ctx, c))
	case callOnline, callOffline, callTerminate, "looksAlive", "isAlive", "resourceControl":
		h.performOnResource(ctx, c, reply)
	default:
		reply(nil, Errorf(NotSupported, "this host knows no method %q", c.method))
	}
}

func (h *host) performOnResource(ctx context.Context, c call, reply reply) {
	i, err := h.find(c.params)
	if err != nil {
		if c.method == callTerminate && errors.Is(err, UnknownResource) {
			reply(nothing{}, nil)
			return
		}
		reply(nil, err)
		return
	}
	switch c.method {
	case callOnline:
		i.online(c, reply)
	case callOffline:
		i.offline(c, reply)
	case callTerminate:
		i.terminate(c, reply)
	case "looksAlive":
		reply(i.poll(ctx, c, i.looksAlive))
	case "isAlive":
		reply(i.poll(ctx, c, i.isAlive))
	case "resourceControl":
		reply(i.control(ctx, c))
	}
}
