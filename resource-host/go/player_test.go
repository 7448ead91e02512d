package host

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for what does not come.
const patience = 20 * time.Second

// A player plays the daemon: it has a socket, a pipe and the host under test, which runs in this process.
type player struct {
	t        *testing.T
	listener net.Listener
	handle   string
	records  *bufio.Reader
	stop     context.CancelFunc
	ended    chan error
}

// A conversation is one connection of the host to the player.
type conversation struct {
	t      *testing.T
	socket net.Conn
	frames *bufio.Scanner
	hello  object
}

func serve(t *testing.T, types ...Type) *player {
	t.Helper()
	folder, err := os.MkdirTemp("", "andon-")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(folder) })
	p := &player{t: t, handle: filepath.Join(folder, "ev"), ended: make(chan error, 1)}
	must(t, syscall.Mkfifo(p.handle, 0o600))
	pipe, err := os.OpenFile(p.handle, os.O_RDWR, 0)
	must(t, err)
	p.records = bufio.NewReader(pipe)
	p.listener, err = net.Listen("unix", filepath.Join(folder, "host"))
	must(t, err)
	for name, value := range map[string]string{
		"ANDON_SOCKET": filepath.Join(folder, "host"), "ANDON_HOST_ID": "go", "ANDON_TOKEN": "secret", "ANDON_EVENT_HANDLE": p.handle, "ANDON_EVENT_FD": "",
	} {
		t.Setenv(name, value)
	}
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	go func() { p.ended <- Serve(ctx, types...) }()
	t.Cleanup(func() {
		stop()
		p.listener.Close()
		pipe.Close()
	})
	return p
}

// accept takes the next connection, up to and with its hello.
func (p *player) accept() *conversation {
	p.t.Helper()
	socket, err := p.listener.Accept()
	must(p.t, err)
	p.t.Cleanup(func() { socket.Close() })
	must(p.t, socket.SetDeadline(time.Now().Add(patience)))
	c := &conversation{t: p.t, socket: socket, frames: bufio.NewScanner(socket)}
	c.frames.Buffer(nil, maxFrameBytes+1)
	c.frames.Split(splitFrames)
	kind, hello := c.next()
	if kind != "hello" {
		p.t.Fatalf("the first frame is %q, not hello", kind)
	}
	c.hello = hello
	return c
}

// welcomed takes the next connection and welcomes it.
func (p *player) welcomed() *conversation {
	p.t.Helper()
	c := p.accept()
	c.write(`{"type":"welcome","data":{"protocol":"andon/1","epoch":1,"eventHandle":"` + p.handle +
		`","limits":{"maxFrame":1048576,"maxRecord":512,"maxInFlight":64,"orphanPeriodMs":60000},"capabilities":{}}}`)
	return c
}

// opened is welcomed, with the resource web-1 of type web open.
func (p *player) opened() *conversation {
	p.t.Helper()
	c := p.welcomed()
	c.call("1/open", "open", `{"resourceId":"web-1","type":"web","properties":{"port":8080},"recover":false}`)
	c.expect(`{"id":"1/open","ok":true,"result":{"found":"nothing"}}`)
	return c
}

func (p *player) onlineParams() string {
	return `{"resourceId":"web-1","incarnation":7,"properties":{"port":8080},"eventHandle":"` + p.handle + `","failureRecord":"web-1@7"}`
}

// online is opened, with web-1@7 online.
func (p *player) online() *conversation {
	p.t.Helper()
	c := p.opened()
	c.call("web-1@7/online", "online", p.onlineParams())
	c.expect(`{"id":"web-1@7/online","ok":true,"result":{"contract":"event","eventHandle":"` + p.handle + `"}}`)
	return c
}

func (p *player) record() string {
	p.t.Helper()
	line := make(chan string, 1)
	go func() {
		text, _ := p.records.ReadString('\n')
		line <- text
	}()
	select {
	case text := <-line:
		return text
	case <-time.After(patience):
		p.t.Fatal("no failure record came")
		return ""
	}
}

func (p *player) end() error {
	p.t.Helper()
	select {
	case err := <-p.ended:
		return err
	case <-time.After(patience):
		p.t.Fatal("the host does not end")
		return nil
	}
}

func (c *conversation) write(text string) {
	c.t.Helper()
	_, err := c.socket.Write([]byte(text + "\f"))
	must(c.t, err)
}

func (c *conversation) call(id, method, params string) {
	c.t.Helper()
	c.write(`{"type":"request","data":{"id":"` + id + `","method":"` + method + `","params":` + params + `,"deadlineMs":30000}}`)
}

// next answers the next frame.
func (c *conversation) next() (kind string, data object) {
	c.t.Helper()
	if !c.frames.Scan() {
		c.t.Fatalf("no frame came: %v", c.frames.Err())
	}
	kind, data, err := decode(c.frames.Bytes())
	must(c.t, err)
	return kind, data
}

// expect compares the data of the next frame.
func (c *conversation) expect(want string) {
	c.t.Helper()
	if _, data := c.next(); canonical(c.t, data) != canonical(c.t, json.RawMessage(want)) {
		c.t.Fatalf("came: %s\nwant: %s", canonical(c.t, data), want)
	}
}

// expectError answers the message of the next frame, which is to be a refusal.
func (c *conversation) expectError(id string, code Code) string {
	c.t.Helper()
	_, data := c.next()
	refused, _ := optional[object](data, "error")
	gotID, _ := optional[string](data, "id")
	gotCode, _ := optional[string](refused, "code")
	if gotID != id || Code(gotCode) != code {
		c.t.Fatalf("came: %s\nwant: the error %s of %s", canonical(c.t, data), code, id)
	}
	message, _ := optional[string](refused, "message")
	return message
}

// grantReport takes a status report and answers it.
func (c *conversation) grantReport(want, answer string) {
	c.t.Helper()
	_, data := c.next()
	params, _ := optional[object](data, "params")
	if got := canonical(c.t, params); got != canonical(c.t, json.RawMessage(want)) {
		c.t.Fatalf("came: %s\nwant: %s", got, want)
	}
	id, _ := optional[string](data, "id")
	c.write(`{"type":"response","data":{"id":"` + id + `","ok":true,"result":{"answer":"` + answer + `"}}}`)
}

func canonical(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	must(t, err)
	var any any
	must(t, json.Unmarshal(text, &any))
	text, err = json.Marshal(any)
	must(t, err)
	return strings.TrimSpace(string(text))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
