package host

import (
	"context"
	"strings"
	"testing"
)

func TestShutdownTakesOfflineInReverseOrder(t *testing.T) {
	var stopped []string
	p := serve(t, web(&scripted{offline: func(ctx context.Context, r *Resource) error {
		stopped = append(stopped, r.Name())
		return nil
	}}))
	c := p.welcomed()
	for _, name := range []string{"a", "b", "c"} {
		c.call("1/"+name, "open", `{"resourceId":"`+name+`","type":"web","properties":{}}`)
		c.expect(`{"id":"1/` + name + `","ok":true,"result":{"found":"nothing"}}`)
		c.call(name+"@1/online", "online", `{"resourceId":"`+name+`","incarnation":1,"properties":{},"eventHandle":"/ev","failureRecord":"`+name+`@1"}`)
		c.expect(`{"id":"` + name + `@1/online","ok":true,"result":{"contract":"event","eventHandle":"/ev"}}`)
	}
	c.write(`{"type":"goodbye","data":{"code":"shutdown","message":"the daemon is stopping","supported":["andon/1"]}}`)
	must(t, p.end())
	if got := strings.Join(stopped, " "); got != "c b a" {
		t.Errorf("order: %s", got)
	}
}

func TestWhatCannotBeTakenOfflineIsTerminated(t *testing.T) {
	terminated := false
	p := serve(t, web(&scripted{
		offline:   func(context.Context, *Resource) error { panic("no way") },
		terminate: func(context.Context, *Resource) error { terminated = true; return nil },
	}))
	p.online()
	p.stop()
	must(t, p.end())
	if !terminated {
		t.Error("it was not terminated")
	}
}

func TestAnotherGoodbyeEndsAHostThatHoldsNothing(t *testing.T) {
	p := serve(t, web(&scripted{}))
	p.accept().write(`{"type":"goodbye","data":{"code":"noCommonProtocol","message":"This daemon speaks andon/9.","supported":["andon/9"]}}`)
	if err := p.end(); err == nil || !strings.Contains(err.Error(), "This daemon speaks andon/9.") {
		t.Error(err)
	}
}

func TestAnotherGoodbyeLeavesResourcesOnline(t *testing.T) {
	p := serve(t, web(&scripted{}))
	p.online().write(`{"type":"goodbye","data":{"code":"duplicateHost","message":"x","supported":[]}}`)
	if state, _ := member[string](stateIn(t, p.accept().hello), "state"); state != phaseOnline {
		t.Errorf("state %s", state)
	}
}

func TestAnOrphanTakesItsResourcesOffline(t *testing.T) {
	offline := false
	p := serve(t, web(&scripted{offline: func(context.Context, *Resource) error { offline = true; return nil }}))
	c := p.online()
	c.write(`{"type":"goodbye","data":{"code":"duplicateHost","message":"x","supported":[]}}`)
	c = p.accept()
	c.write(`{"type":"welcome","data":{"protocol":"andon/1","epoch":2,"eventHandle":"x","limits":{"orphanPeriodMs":300},"capabilities":{}}}`)
	c.call("2/1", "ping", `{}`)
	c.expect(`{"id":"2/1","ok":true,"result":{}}`)
	p.listener.Close()
	c.socket.Close()
	must(t, p.end())
	if !offline {
		t.Error("it is still online")
	}
}

func TestALargeHelloIsSplit(t *testing.T) {
	h := &host{environment: environment{}, instances: map[string]*instance{}, ctx: context.Background()}
	for n := 0; n < 4000; n++ {
		name := strings.Repeat("x", 100) + string(rune('a'+n%26)) + strings.Repeat("y", n/26)
		h.instances[name] = newInstance(h, name, &scripted{}, nil)
	}
	frames := h.introduce()
	told := 0
	for n, f := range frames {
		text, err := encode(f)
		must(t, err)
		_, data, err := decode(text[:len(text)-1])
		must(t, err)
		if n > 0 {
			data, err = member[object](data, "params")
			must(t, err)
		}
		if len(data["resources"]) > maxHelloBytes {
			t.Errorf("a piece of %d bytes", len(data["resources"]))
		}
		resources, err := member[[]object](data, "resources")
		must(t, err)
		told += len(resources)
	}
	if len(frames) < 2 || told != 4000 {
		t.Errorf("%d frames, %d resources", len(frames), told)
	}
}
