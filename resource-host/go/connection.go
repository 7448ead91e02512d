package host

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

const (
	// welcomeLimit is the time from connecting to the daemon's welcome or goodbye.
	welcomeLimit = 10 * time.Second
	// Notifications are lost while the daemon has not read this much: they are only words.
	maxNotifyBacklog = 1 << 20
)

var errLost = fmt.Errorf("the connection to the daemon broke: %w", Unavailable)

// A connection is one conversation with the daemon, from hello to its end.
type connection struct {
	socket net.Conn
	frames *bufio.Scanner
	out    *outbox
	// ctx ends with the connection: nobody waits for the answers to its calls any more.
	ctx  context.Context
	stop context.CancelFunc

	mu      sync.Mutex
	lastID  int
	waiting map[string]chan<- answer
}

// An answer is what the daemon says to a request of this host.
type answer struct {
	result object
	err    error
}

func connect(ctx context.Context, path string) (*connection, error) {
	dialer := net.Dialer{Timeout: welcomeLimit}
	socket, err := dialer.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("cannot connect to the daemon at %s: %w", path, err)
	}
	c := &connection{socket: socket, frames: bufio.NewScanner(socket), out: newOutbox(), waiting: map[string]chan<- answer{}}
	c.frames.Buffer(nil, maxFrameBytes+1)
	c.frames.Split(splitFrames)
	c.ctx, c.stop = context.WithCancel(ctx)
	go func() {
		<-c.ctx.Done()
		socket.Close()
	}()
	go func() {
		// Reading ends then too, and with it the conversation.
		defer socket.Close()
		c.out.drain(c.ctx, socket)
	}()
	return c, nil
}

// splitFrames is a bufio.SplitFunc; what stands after the last frame end is no frame.
func splitFrames(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if end := bytes.IndexByte(data, frameEnd); end >= 0 {
		return end + 1, data[:end], nil
	}
	return 0, nil, nil
}

// read answers the next frame, or why there is none.
func (c *connection) read() (kind string, data object, err error) {
	if c.frames.Scan() {
		return decode(c.frames.Bytes())
	}
	err = c.frames.Err()
	if err == nil {
		err = io.EOF
	}
	if errors.Is(err, bufio.ErrTooLong) {
		err = fmt.Errorf("the daemon sent a frame of more than %d bytes", maxFrameBytes)
	}
	return "", nil, err
}

func (c *connection) send(kind string, data any) error {
	text, err := encode(frame{kind, data})
	if err != nil {
		return err
	}
	c.out.put(text)
	return nil
}

// respond answers a call of the daemon. After the end of the connection it does nothing, as it must, and answers false.
func (c *connection) respond(id string, result any, err error) (told bool) {
	if c.ctx.Err() != nil {
		return false
	}
	if err == nil {
		err = c.send("response", success{id, true, result})
	}
	if err != nil {
		c.send("response", refusal{id, false, wireErrorOf(err)})
	}
	return true
}

// request asks the daemon and waits for its answer.
func (c *connection) request(ctx context.Context, method string, params any) (object, error) {
	id, answered := c.expect()
	defer c.forget(id)
	if err := c.send("request", request{id, method, params}); err != nil {
		return nil, err
	}
	select {
	case a := <-answered:
		return a.result, a.err
	case <-c.ctx.Done():
		return nil, errLost
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *connection) expect() (id string, answered <-chan answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastID++
	id = "h" + strconv.Itoa(c.lastID)
	waiting := make(chan answer, 1)
	c.waiting[id] = waiting
	return id, waiting
}

func (c *connection) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.waiting, id)
}

// settle takes a response of the daemon to whoever waits for it.
func (c *connection) settle(response object) {
	id, _ := optional[string](response, "id")
	c.mu.Lock()
	waiting, there := c.waiting[id]
	delete(c.waiting, id)
	c.mu.Unlock()
	if !there {
		return
	}
	if ok, _ := optional[bool](response, "ok"); ok {
		result, _ := optional[object](response, "result")
		waiting <- answer{result: result}
		return
	}
	refused, _ := optional[object](response, "error")
	code, _ := optional[string](refused, "code")
	message, _ := optional[string](refused, "message")
	waiting <- answer{err: Errorf(Code(code), "the daemon refused: %s (%s)", message, code)}
}
