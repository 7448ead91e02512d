package host

import (
	"context"
	"testing"
)

// failing lets a test fail its resource from outside, as a watcher would.
func failing(watched chan<- *Resource) Type {
	return web(&scripted{online: func(ctx context.Context, r *Resource) (Contract, error) {
		watched <- r
		return Event(), nil
	}})
}

func stateIn(t *testing.T, hello object) object {
	t.Helper()
	resources, err := member[[]object](hello, "resources")
	must(t, err)
	if len(resources) != 1 {
		t.Fatalf("hello has %d resources", len(resources))
	}
	return resources[0]
}

func TestAFailureIsRecordedOnceAndRepeatedUntilTerminate(t *testing.T) {
	watched := make(chan *Resource, 1)
	p := serve(t, failing(watched))
	c := p.online()
	r := <-watched
	r.Fail("disk gone")
	r.Fail("and again")
	for range [2]int{} {
		if record := p.record(); record != "web-1@7 disk gone\n" {
			t.Errorf("record: %q", record)
		}
	}
	c.call("web-1@7/terminate", "terminate", terminateParams)
	c.expect(`{"id":"web-1@7/terminate","ok":true,"result":{}}`)
	r.Fail("too late")
	r.instance.mu.Lock()
	defer r.instance.mu.Unlock()
	if r.failed || r.ctx.Err() == nil {
		t.Error("the record is still repeated")
	}
}

func TestADismissedRecordMayBeFollowedByANewOne(t *testing.T) {
	watched := make(chan *Resource, 1)
	p := serve(t, failing(watched))
	c := p.online()
	r := <-watched
	r.Fail("first")
	p.record()
	c.write(`{"type":"notify","data":{"method":"recordDismissed","params":{"resourceId":"web-1","incarnation":7,"reason":"isAlive answered true"}}}`)
	c.call("1/1", "ping", `{}`)
	c.expect(`{"id":"1/1","ok":true,"result":{}}`)
	r.Fail("second")
	if record := p.record(); record != "web-1@7 second\n" {
		t.Errorf("record: %q", record)
	}
}

func TestAPanicInAGoroutineOfTheResourceFailsIt(t *testing.T) {
	p := serve(t, web(&scripted{online: func(ctx context.Context, r *Resource) (Contract, error) {
		r.Go(func(context.Context) { panic("index out of range") })
		return Event(), nil
	}}))
	p.online()
	want := "web-1@7 a goroutine of web-1@7 panicked: index out of range; the log of this host has the stack\n"
	if record := p.record(); record != want {
		t.Errorf("record: %q", record)
	}
}

func TestTheNextHelloTellsTheTruth(t *testing.T) {
	watched := make(chan *Resource, 1)
	p := serve(t, failing(watched))
	c := p.online()
	c.socket.Close()
	c = p.accept()
	want := `{"contract":"event","id":"web-1","incarnation":7,"lastOp":{"id":"web-1@7/online","ok":true},"state":"Online"}`
	if got := canonical(t, stateIn(t, c.hello)); got != want {
		t.Errorf("hello: %s", got)
	}
	(<-watched).Fail("disk gone")
	c.socket.Close()
	c = p.accept()
	want = `{"failed":true,"id":"web-1","incarnation":7,"lastOp":{"id":"web-1@7/online","ok":true},"state":"Failed"}`
	if got := canonical(t, stateIn(t, c.hello)); got != want {
		t.Errorf("hello: %s", got)
	}
}

func TestAReportThatWasNotAnsweredIsToldAgain(t *testing.T) {
	goOn := make(chan struct{})
	p := serve(t, web(&scripted{online: func(context.Context, *Resource) (Contract, error) {
		<-goOn
		return Event(), nil
	}}))
	c := p.opened()
	c.call("web-1@7/online", "online", p.onlineParams())
	c.expect(`{"id":"web-1@7/online","ok":true,"result":{"pending":true}}`)
	close(goOn)
	c.next()
	c.socket.Close()
	c = p.welcomed()
	c.grantReport(`{"operationId":"web-1@7/online","checkpoint":1,"state":"online","eventHandle":"`+p.handle+`"}`, "continue")
}

func TestNoReportComesBeforeTheWordPending(t *testing.T) {
	begun, goOn := make(chan struct{}), make(chan struct{})
	p := serve(t, web(&scripted{online: func(ctx context.Context, r *Resource) (Contract, error) {
		close(begun)
		<-goOn
		r.Progress("half of it")
		return Event(), nil
	}}))
	c := p.opened()
	c.call("web-1@7/online", "online", p.onlineParams())
	<-begun
	c.socket.Close()
	c = p.welcomed()
	close(goOn)
	c.call("1/9", "ping", `{}`)
	c.expect(`{"id":"1/9","ok":true,"result":{}}`)
	c.call("web-1@7/online", "online", p.onlineParams())
	if kind, data := c.next(); kind != "response" {
		t.Errorf("came: %s %s", kind, canonical(t, data))
	}
}
