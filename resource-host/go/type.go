package host

import "context"

// A Type is a resource type that this program serves.
type Type struct {
	// Name is the name under which the type is registered.
	Name string

	// New makes the handler of one resource. It is called for each open and must start nothing.
	New func() Handler

	// Startup, if not nil, is called before the first open of this type.
	Startup func(ctx context.Context) error

	// Control, if not nil, answers control codes of the type as a whole. An error that wraps NotSupported says that the code is
	// unknown.
	Control func(ctx context.Context, control *Control) (output any, err error)
}

// A Handler is one resource. The calls of one resource follow each other, with two exceptions:
//
//   - Terminate cancels the context of what still runs and waits for it to return; only what has not returned after a second
//     overlaps with it.
//   - An Online or Offline that takes longer than 100 ms is reported as pending. Control may be called meanwhile.
//
// An error, or a panic, is the answer to that call and nothing more: the program goes on. An error that wraps a Code travels
// under that code, any other as Failed.
type Handler interface {
	// Online brings the resource online. How long it may take is up to the administrator; Resource.Progress shows that it gets on.
	// The context lives as long as this incarnation: it is cancelled by a terminate, and when Offline has returned. So a
	// goroutine that watches the resource, or an exec.CommandContext, may keep it.
	Online(ctx context.Context, r *Resource) (Contract, error)

	// Offline stops the resource in good order. A resource that is gone already is offline: that is success.
	Offline(ctx context.Context, r *Resource) error

	// Terminate cleans up at once, whatever the resource is doing, and returns when nothing of it runs any more. It also follows
	// every failure that was reported. If there is nothing to clean up, it succeeds.
	Terminate(ctx context.Context, r *Resource) error
}

// A LooksAliver has a cheap check. An error is a suspicion: IsAlive follows at once. Only polled resources are asked.
type LooksAliver interface {
	LooksAlive(ctx context.Context, r *Resource) error
}

// An IsAliver has a thorough check. Nil means alive; an error is the reason why it is not, and Terminate follows.
// Without it, a resource is alive until it calls Resource.Fail.
type IsAliver interface {
	IsAlive(ctx context.Context, r *Resource) error
}

// A Controller answers control codes of its own. An error that wraps NotSupported says that the code is unknown; the daemon
// then applies its default handling.
type Controller interface {
	Control(ctx context.Context, r *Resource, control *Control) (output any, err error)
}

// An Opener is told that its resource is now in this program.
type Opener interface {
	// Open must start nothing. With mayRun, an earlier host of this resource died, and what it had brought online may still be
	// there: Open finds out and answers whether it runs. The Online that follows adopts it, or stops it first.
	Open(ctx context.Context, r *Resource, mayRun bool) (running bool, err error)
}

// A Closer is told that its resource, which is offline, leaves this program.
type Closer interface {
	Close(ctx context.Context, r *Resource) error
}
