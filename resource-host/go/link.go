package host

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"sync"
	"time"
)

const (
	shortestPause = 100 * time.Millisecond
	longestPause  = 2 * time.Second
	// defaultOrphanPeriod holds until a daemon says otherwise.
	defaultOrphanPeriod = 10 * time.Minute
)

// A goodbye is the daemon's wish not to hear from this host (any more).
type goodbye struct{ code, message string }

func (g goodbye) Error() string {
	return fmt.Sprintf("the daemon said goodbye: %s (%s)", g.message, g.code)
}

// A listener is what a link reports to. It must not block: the link reads no further until it returns.
type listener interface {
	// introduce tells the truth of this moment: hello, and what belongs to it.
	introduce() []frame
	// holdsNothing answers whether the host may go away without leaving a resource alone.
	holdsNothing() bool
	onWelcome()
	onRequest(c *connection, data object)
	onNotify(data object)
}

// A link is the way to the daemon, whichever daemon and connection that is.
type link struct {
	path     string
	listener listener
	random   *rand.Rand

	orphanPeriod time.Duration
	lostAt       time.Time
	trouble      string

	mu sync.Mutex
	// current is welcomed; nil while there is no daemon.
	current *connection
	// arrived is closed when current is set.
	arrived chan struct{}
}

func newLink(path string, listener listener) *link {
	seed := time.Now().UnixNano() ^ int64(os.Getpid())
	return &link{path: path, listener: listener, random: rand.New(rand.NewSource(seed)), orphanPeriod: defaultOrphanPeriod, arrived: make(chan struct{})}
}

// run talks to one daemon after the other. It returns nil when the host is to take its resources offline: the context ended,
// the daemon said so, or none came for the orphan period. It returns an error when the daemon does not want this host.
func (l *link) run(ctx context.Context) error {
	l.lostAt = time.Now()
	for failures := 1; ; failures++ {
		welcomed, err := l.converse(ctx)
		var bye goodbye
		isGoodbye := errors.As(err, &bye)
		switch {
		case ctx.Err() != nil, isGoodbye && bye.code == "shutdown":
			return nil
		case isGoodbye && l.listener.holdsNothing():
			return err
		case welcomed:
			failures, l.trouble, l.lostAt = 1, "", time.Now()
		}
		l.complain(err)
		if l.pause(ctx, failures); l.orphaned() {
			l.complain(fmt.Errorf("no daemon came within %v; taking all resources offline", l.orphanPeriod))
			return nil
		}
	}
}

// converse holds one conversation, to its end.
func (l *link) converse(ctx context.Context) (welcomed bool, err error) {
	c, err := connect(ctx, l.path)
	if err != nil {
		return false, err
	}
	// In this order: whoever learns that the connection is lost must not find it here again.
	defer c.stop()
	defer l.setCurrent(nil)
	for _, f := range l.listener.introduce() {
		if err := c.send(f.Type, f.Data); err != nil {
			return false, err
		}
	}
	if err := c.socket.SetReadDeadline(time.Now().Add(welcomeLimit)); err != nil {
		return false, err
	}
	for {
		kind, data, err := c.read()
		if err != nil {
			return welcomed, fmt.Errorf("the connection to the daemon ended: %w", err)
		}
		switch {
		case kind == "goodbye":
			return welcomed, goodbyeOf(data)
		case kind == "welcome" && !welcomed:
			welcomed = true
			l.welcome(c, data)
		case !welcomed:
		case kind == "request":
			l.listener.onRequest(c, data)
		case kind == "response":
			c.settle(data)
		case kind == "notify":
			l.listener.onNotify(data)
		}
	}
}

func goodbyeOf(data object) goodbye {
	code, _ := optional[string](data, "code")
	message, _ := optional[string](data, "message")
	return goodbye{code, message}
}

func (l *link) welcome(c *connection, data object) {
	if limits, err := member[object](data, "limits"); err == nil {
		if ms, err := member[int64](limits, "orphanPeriodMs"); err == nil {
			l.orphanPeriod = time.Duration(ms) * time.Millisecond
		}
	}
	c.socket.SetReadDeadline(time.Time{})
	l.setCurrent(c)
	l.listener.onWelcome()
}

func (l *link) setCurrent(c *connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case c != nil:
		l.current = c
		close(l.arrived)
	case l.current != nil:
		l.current = nil
		l.arrived = make(chan struct{})
	}
}

// pause waits before the next attempt: the longer, the more of them failed, and never at the pace of other hosts.
func (l *link) pause(ctx context.Context, failures int) {
	longest := longestPause
	if failures < 5 {
		longest = shortestPause << failures
	}
	pause := shortestPause + time.Duration(l.random.Int63n(int64(longest-shortestPause)))
	if l.orphanPeriod > 0 {
		if left := l.orphanPeriod - time.Since(l.lostAt); left < pause {
			pause = left
		}
	}
	sleep(ctx, pause)
}

func (l *link) orphaned() bool { return l.orphanPeriod > 0 && time.Since(l.lostAt) >= l.orphanPeriod }

// complain says the same only once in a row.
func (l *link) complain(err error) {
	if text := err.Error(); text != l.trouble {
		l.trouble = text
		fmt.Fprintln(os.Stderr, text)
	}
}

// connection is the welcomed one, or nil, with a channel that closes when there is one.
func (l *link) connection() (*connection, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current, l.arrived
}

// request asks the daemon of now; without one it fails at once.
func (l *link) request(ctx context.Context, method string, params any) (object, error) {
	c, _ := l.connection()
	if c == nil {
		return nil, Errorf(Unavailable, "%s: there is no daemon now", method)
	}
	return c.request(ctx, method, params)
}

// tell asks as often as a connection breaks, until some daemon answered or the context ends.
func (l *link) tell(ctx context.Context, method string, params any) (object, error) {
	for {
		c, arrived := l.connection()
		if c == nil {
			select {
			case <-arrived:
				continue
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		result, err := c.request(ctx, method, params)
		if err != errLost {
			return result, err
		}
	}
}

// notify answers false when no daemon took it.
func (l *link) notify(method string, params any) bool {
	c, _ := l.connection()
	return c != nil && c.out.backlog() < maxNotifyBacklog && c.send("notify", notification{method, params}) == nil
}

// sleep answers false when the context ended before the time was over.
func sleep(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
