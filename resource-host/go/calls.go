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
	return c.resource()
}

// resource is the name of the resource that the call is for; empty if it is for none.
func (c call) resource() string {
	name, _ := optional[string](c.params, "resourceId")
	return name
}

// An answering is a call that has begun: it waits for its end and answers it.
type answering func(reply reply)

// onRequest answers every request once, on the connection that brought it, whatever it holds and whatever an author does.
// A call begins before the next one is read, if its turn has come: so a terminate finds what was asked before it.
func (h *host) onRequest(c *connection, data object) {
	asked, err := readCall(data)
	if asked.id == "" {
		return
	}
	reply := func(result any, err error) bool { return c.respond(asked.id, result, err) }
	if err != nil {
		reply(nil, err)
		return
	}
	ctx, forget := h.unanswered.add(c.ctx, asked)
	turn := h.turns.take(asked.lane())
	var begun answering
	if turn.hasCome() {
		begun = h.begin(ctx, asked)
	}
	go func() {
		defer forget()
		defer turn.end()
		if begun == nil {
			<-turn.come
			begun = h.begin(ctx, asked)
		}
		begun(reply)
	}()
}

func (h *host) begin(ctx context.Context, c call) answering {
	if ctx.Err() != nil {
		return refuse(Errorf(Cancelled, "%s: cancelled before its turn came", c.id))
	}
	switch c.method {
	case "ping":
		return func(reply reply) { reply(nothing{}, nil) }
	case "startup":
		return func(reply reply) { reply(h.startup(ctx, c.params)) }
	case "open":
		return func(reply reply) { reply(h.open(ctx, c.params)) }
	case "close":
		return func(reply reply) { reply(h.close(ctx, c.params)) }
	case "resourceTypeControl":
		return func(reply reply) { reply(h.typeControl(ctx, c)) }
	case callOnline, callOffline, callTerminate, "looksAlive", "isAlive", "resourceControl":
		return h.beginOnResource(ctx, c)
	}
	return refuse(Errorf(NotSupported, "this host knows no method %q", c.method))
}

func (h *host) beginOnResource(ctx context.Context, c call) answering {
	i, err := h.find(c.params)
	if c.method == callTerminate && errors.Is(err, UnknownResource) {
		return func(reply reply) { reply(nothing{}, nil) }
	}
	if err != nil {
		return refuse(err)
	}
	switch c.method {
	case callOnline:
		return ofOperation(i.beginOnline(c))
	case callOffline:
		return ofOperation(i.beginOffline(c))
	case callTerminate:
		return ofOperation(i.beginTerminate(c))
	case "looksAlive":
		return i.beginCheck(false, func() (any, error) { return i.poll(ctx, c, i.looksAlive) })
	case "isAlive":
		return i.beginCheck(false, func() (any, error) { return i.poll(ctx, c, i.isAlive) })
	}
	return i.beginCheck(true, func() (any, error) { return i.control(ctx, c) })
}

func ofOperation(o *operation, err error) answering {
	if err != nil {
		return refuse(err)
	}
	return o.answer
}

func refuse(err error) answering { return func(reply reply) { reply(nil, err) } }
