package host

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

const offlineParams = `{"resourceId":"web-1","incarnation":7,"cause":"administrator"}`
const terminateParams = `{"resourceId":"web-1","incarnation":7,"cause":"failureRecord","reason":"disk gone"}`

func TestARepeatIsAnsweredFromMemory(t *testing.T) {
	var onlines atomic.Int32
	p := serve(t, web(&scripted{online: func(context.Context, *Resource) (Contract, error) {
		onlines.Add(1)
		return Event(), nil
	}}))
	c := p.online()
	c.call("web-1@7/online", "online", p.onlineParams())
	c.expect(`{"id":"web-1@7/online","ok":true,"result":{"contract":"event","eventHandle":"` + p.handle + `"}}`)
	if ran := onlines.Load(); ran != 1 {
		t.Errorf("Online ran %d times", ran)
	}
}

func TestALongOnlinePendsAndReports(t *testing.T) {
	goOn := make(chan struct{})
	p := serve(t, web(&scripted{online: func(ctx context.Context, r *Resource) (Contract, error) {
		r.Progress("replayed %d %%", 40)
		<-goOn
		return Poll(0, 60e9), nil
	}}))
	c := p.opened()
	c.call("web-1@7/online", "online", p.onlineParams())
	c.expect(`{"id":"web-1@7/online","ok":true,"result":{"pending":true}}`)
	c.grantReport(`{"operationId":"web-1@7/online","checkpoint":1,"state":"onlinePending","text":"replayed 40 %"}`, "continue")
	close(goOn)
	c.grantReport(`{"operationId":"web-1@7/online","checkpoint":2,"state":"online","isAliveMs":60000}`, "continue")
}

func TestALongOnlinePendsWithoutItsAuthorsHelp(t *testing.T) {
	goOn := make(chan struct{})
	p := serve(t, web(&scripted{online: func(context.Context, *Resource) (Contract, error) {
		<-goOn
		return Contract{}, errors.New("no disk")
	}}))
	c := p.opened()
	c.call("web-1@7/online", "online", p.onlineParams())
	c.expect(`{"id":"web-1@7/online","ok":true,"result":{"pending":true}}`)
	close(goOn)
	c.grantReport(`{"operationId":"web-1@7/online","checkpoint":1,"state":"failed","text":"no disk"}`, "continue")
}

func TestTheAnswerTerminateStopsAnOnline(t *testing.T) {
	stopped := make(chan error, 1)
	p := serve(t, web(&scripted{online: func(ctx context.Context, r *Resource) (Contract, error) {
		r.Progress("slowly")
		<-ctx.Done()
		stopped <- ctx.Err()
		return Contract{}, ctx.Err()
	}}))
	c := p.opened()
	c.call("web-1@7/online", "online", p.onlineParams())
	c.expect(`{"id":"web-1@7/online","ok":true,"result":{"pending":true}}`)
	c.grantReport(`{"operationId":"web-1@7/online","checkpoint":1,"state":"onlinePending","text":"slowly"}`, "terminate")
	<-stopped
	c.call("web-1@7/terminate", "terminate", terminateParams)
	c.expect(`{"id":"web-1@7/terminate","ok":true,"result":{}}`)
}

func TestTerminateOvertakesAnOnline(t *testing.T) {
	begun := make(chan struct{})
	order := make(chan string, 2)
	p := serve(t, web(&scripted{
		online: func(ctx context.Context, r *Resource) (Contract, error) {
			close(begun)
			<-ctx.Done()
			order <- "online returned"
			return Contract{}, ctx.Err()
		},
		terminate: func(context.Context, *Resource) error {
			order <- "terminate began"
			return nil
		},
	}))
	c := p.opened()
	c.call("web-1@7/online", "online", p.onlineParams())
	<-begun
	c.call("web-1@7/terminate", "terminate", terminateParams)
	// Whichever comes first; both are owed, and the online is answered pending if it took 100 ms on this machine.
	answers := map[string]string{}
	for len(answers) < 2 {
		_, data := c.next()
		id, _ := optional[string](data, "id")
		answers[id] = canonical(t, data)
	}
	if answers["web-1@7/terminate"] != `{"id":"web-1@7/terminate","ok":true,"result":{}}` {
		t.Error(answers)
	}
	if first := <-order; first != "online returned" {
		t.Errorf("first: %s", first)
	}
}

func TestTerminateInOneBreathWithWhatItOvertakes(t *testing.T) {
	p := serve(t, web(&scripted{}))
	c := p.opened()
	for n := 7; n < 57; n++ {
		online := fmt.Sprintf(`{"type":"request","data":{"id":"web-1@%d/online","method":"online","params":%s}}`,
			n, strings.ReplaceAll(p.onlineParams(), "7", strconv.Itoa(n)))
		offline := fmt.Sprintf(`{"type":"request","data":{"id":"web-1@%d/offline","method":"offline","params":{"resourceId":"web-1","incarnation":%d}}}`, n, n)
		terminate := fmt.Sprintf(`{"type":"request","data":{"id":"web-1@%d/terminate","method":"terminate","params":{"resourceId":"web-1","incarnation":%d}}}`, n, n)
		c.write(online + "\f" + offline + "\f" + terminate)
		for answers := 0; answers < 3; answers++ {
			_, data := c.next()
			refused, _ := optional[object](data, "error")
			if code, _ := optional[string](refused, "code"); code != "" && Code(code) != Cancelled {
				t.Fatalf("came: %s", canonical(t, data))
			}
		}
	}
}

func TestTerminateDoesNotWaitForWhatIgnoresIt(t *testing.T) {
	begun, unstick := make(chan struct{}), make(chan struct{})
	var terminated atomic.Int32
	p := serve(t, web(&scripted{
		online: func(context.Context, *Resource) (Contract, error) {
			close(begun)
			<-unstick
			return Event(), nil
		},
		terminate: func(context.Context, *Resource) error {
			if terminated.Add(1) == 1 {
				close(unstick)
			}
			return nil
		},
	}))
	c := p.opened()
	c.call("web-1@7/online", "online", p.onlineParams())
	c.expect(`{"id":"web-1@7/online","ok":true,"result":{"pending":true}}`)
	<-begun
	c.call("web-1@7/terminate", "terminate", terminateParams)
	c.expect(`{"id":"web-1@7/terminate","ok":true,"result":{}}`)
	// Nothing is told of the online any more.
	c.call("1/9", "ping", `{}`)
	c.expect(`{"id":"1/9","ok":true,"result":{}}`)
	if ran := terminated.Load(); ran != 2 {
		t.Errorf("Terminate ran %d times: what came up after all is to be cleaned up too", ran)
	}
}

func TestTerminateOvertakesAnOffline(t *testing.T) {
	p := serve(t, web(&scripted{offline: func(ctx context.Context, r *Resource) error {
		<-ctx.Done()
		return ctx.Err()
	}}))
	c := p.online()
	c.call("web-1@7/offline", "offline", offlineParams)
	c.expect(`{"id":"web-1@7/offline","ok":true,"result":{"pending":true}}`)
	c.call("web-1@7/terminate", "terminate", terminateParams)
	c.expect(`{"id":"web-1@7/terminate","ok":true,"result":{}}`)
	c.call("web-1@7/offline", "offline", offlineParams)
	c.expectError("web-1@7/offline", Cancelled)
}

func TestOfflineEndsTheContextOfTheIncarnation(t *testing.T) {
	lives := make(chan context.Context, 1)
	p := serve(t, web(&scripted{
		online: func(ctx context.Context, r *Resource) (Contract, error) {
			lives <- ctx
			return Event(), nil
		},
	}))
	c := p.online()
	life := <-lives
	if life.Err() != nil {
		t.Error("the context ended with the call")
	}
	c.call("web-1@7/offline", "offline", offlineParams)
	c.expect(`{"id":"web-1@7/offline","ok":true,"result":{}}`)
	<-life.Done()
	c.call("1/9", "close", `{"resourceId":"web-1"}`)
	c.expect(`{"id":"1/9","ok":true,"result":{}}`)
}

func TestAPollTellsWhyItIsNotAlive(t *testing.T) {
	p := serve(t, web(&sick{}))
	c := p.online()
	c.call("1/3", "isAlive", `{"resourceId":"web-1","incarnation":7}`)
	c.expect(`{"id":"1/3","ok":true,"result":{"alive":false,"reason":"GET /health: connection refused"}}`)
	c.call("1/4", "looksAlive", `{"resourceId":"web-1","incarnation":7}`)
	c.expect(`{"id":"1/4","ok":true,"result":{"alive":true}}`)
}

// sick is alive to nobody who looks closely.
type sick struct{ scripted }

func (*sick) IsAlive(context.Context, *Resource) error {
	return errors.New("GET /health: connection refused")
}

func TestAnOpenWhoseAnswerWasLostIsAskedAgainAlthoughItMayRun(t *testing.T) {
	p := serve(t, web(&scripted{}))
	c := p.opened()
	for _, id := range []string{"2/open", "3/open"} {
		c.call(id, "open", `{"resourceId":"web-1","type":"web","properties":{"port":8080},"recover":true}`)
		c.expect(`{"id":"` + id + `","ok":true,"result":{"found":"nothing"}}`)
	}
}
