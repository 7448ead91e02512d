package host

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// A Resource is one incarnation of a resource: one online, from its start to its end. What a goroutine says through it after
// that end counts for nothing, so a late watcher cannot fail the next incarnation. Before the first online the incarnation is 0.
// All methods may be called from any goroutine.
type Resource struct {
	instance    *instance
	incarnation uint32
	properties  json.RawMessage
	eventHandle string
	recordHead  string

	// ctx ends with the incarnation.
	ctx context.Context
	end context.CancelFunc

	// The rest is guarded by instance.mu.

	failed bool
	// leaving: an offline began, so that the thing disappears is no failure.
	leaving    bool
	stopRecord context.CancelFunc
}

// Name is the name of the resource.
func (r *Resource) Name() string { return r.instance.name }

// Incarnation is the number of this online; it grows with each and never repeats.
func (r *Resource) Incarnation() uint32 { return r.incarnation }

// EventHandle is the path of the named pipe for failure records; empty before the first online.
func (r *Resource) EventHandle() string { return r.eventHandle }

// FailureRecord is what a failure record of this incarnation begins with, such as web-1@7: for a program that shall write the
// record itself, a blank and a reason after it.
func (r *Resource) FailureRecord() string { return r.recordHead }

// ReadProperties decodes the private properties of the resource, as they were at its online, as json.Unmarshal does. What is
// absent keeps the value that it has in target. Its error travels as InvalidParams.
func (r *Resource) ReadProperties(target any) error {
	if err := json.Unmarshal(r.properties, target); err != nil {
		return Errorf(InvalidParams, "the properties of %s cannot be used: %w", r.Name(), err)
	}
	return nil
}

// Fail tells the daemon at once that this incarnation has failed; Terminate follows. It does not wait, and counts once. Once
// the resource is being taken offline, or is terminated, it does nothing.
func (r *Resource) Fail(reason string) { r.instance.fail(r, reason) }

// Progress says that the running Online or Offline gets on, and starts the daemon's limit of silence again. Outside of them it
// does nothing. If the daemon has given the operation up, its context is cancelled.
func (r *Resource) Progress(format string, args ...any) {
	if running := r.instance.operationOf(r); running != nil {
		running.advance(cutText(fmt.Sprintf(format, args...)))
	}
}

// SetStatusText shows a line beside the resource in `andon status`. It is gone when this program ends.
func (r *Resource) SetStatusText(text string) { r.instance.bulletin.set("statusText", cutText(text)) }

// SetData1 shows a number beside the resource. It must be finite.
func (r *Resource) SetData1(value float64) { r.instance.bulletin.set("data1", value) }

// SetData2 shows a second number beside the resource. It must be finite.
func (r *Resource) SetData2(value float64) { r.instance.bulletin.set("data2", value) }

// Logf adds an event to the daemon's log under the name of this resource, or, while there is no daemon, a line to standard
// error. Ordinary logging goes to standard error, which the daemon keeps.
func (r *Resource) Logf(level Level, format string, args ...any) {
	r.instance.host.log(level, r.Name(), fmt.Sprintf(format, args...))
}

// CreateEventHandle makes one more pipe for this program, for instance to give a part of it a pipe of its own, and answers its
// path. The name has 1 to 32 of A-Z a-z 0-9 _ -; the same name answers the same pipe.
func (r *Resource) CreateEventHandle(ctx context.Context, name string) (path string, err error) {
	result, err := r.instance.host.link.request(ctx, "createEventHandle", map[string]string{"name": name})
	if err != nil {
		return "", fmt.Errorf("no event handle %q: %w", name, err)
	}
	return member[string](result, "eventHandle")
}

// Go runs work in a goroutine of this incarnation: a panic in it fails the resource, where one in a plain goroutine would end
// this program and all its resources.
func (r *Resource) Go(work func(ctx context.Context)) {
	go func() {
		err := guardedError("a goroutine of "+r.recordHead, func() error {
			work(r.ctx)
			return nil
		})
		if err != nil {
			r.Fail(err.Error())
		}
	}()
}

// A Level says how much an event matters.
type Level string

// The levels of Logf.
const (
	LevelDebug Level = "debug"
	LevelInfo  Level = "info"
	LevelWarn  Level = "warn"
	LevelError Level = "error"
)

// A Control is one command that only the type understands.
type Control struct {
	// Code says which command.
	Code string
	// Input is its JSON, or nil if there is none.
	Input json.RawMessage

	extend func(ms int64) error
}

// Extend gives this control so much time, counted from now, in place of its limit (DeadlockTimeout, 300 s by default).
func (c *Control) Extend(limit time.Duration) error { return c.extend(limit.Milliseconds()) }
