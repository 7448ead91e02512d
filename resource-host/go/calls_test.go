package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
)

func TestHelloAndTheTokenThatNoChildInherits(t *testing.T) {
	c := serve(t, web(&scripted{})).accept()
	if token, _ := member[string](c.hello, "token"); token != "secret" {
		t.Errorf("token %q", token)
	}
	if _, there := os.LookupEnv("ANDON_TOKEN"); there {
		t.Error("ANDON_TOKEN is still in the environment")
	}
}

func TestServeWithoutADaemon(t *testing.T) {
	t.Setenv("ANDON_SOCKET", "")
	if err := Serve(context.Background(), web(&scripted{})); !errors.Is(err, ErrNoDaemon) {
		t.Error(err)
	}
}

func TestStartupRefusesWhatItDoesNotServe(t *testing.T) {
	c := serve(t, web(&scripted{})).welcomed()
	c.call("1/1", "startup", `{"types":["web","mail"]}`)
	c.expect(`{"id":"1/1","ok":true,"result":{"resourceTypes":["web"]}}`)
}

func TestWhatCannotBeDoneIsRefused(t *testing.T) {
	c := serve(t, web(&scripted{})).online()
	for _, test := range []struct {
		method, params string
		code           Code
	}{
		{"dance", `{}`, NotSupported},
		{"isAlive", `{"resourceId":"web-2","incarnation":7}`, UnknownResource},
		{"offline", `{"resourceId":"web-1","incarnation":6,"cause":"x"}`, StaleIncarnation},
		{"terminate", `{"resourceId":"web-1","incarnation":6,"cause":"x","reason":"x"}`, StaleIncarnation},
		{"isAlive", `{"resourceId":"web-1","incarnation":6}`, StaleIncarnation},
		{"isAlive", `{"resourceId":"web-1","incarnation":"7"}`, InvalidParams},
		{"isAlive", `{"resourceId":7}`, InvalidParams},
		{"open", `{"resourceId":"web-2","type":"mail","properties":{}}`, InvalidParams},
		{"open", `{"resourceId":"web-1","type":"web","properties":{}}`, InvalidState},
		{"close", `{"resourceId":"web-1"}`, InvalidState},
		{"resourceControl", `{"resourceId":"web-1","code":"dance"}`, NotSupported},
		{"resourceTypeControl", `{"type":"web","code":"dance"}`, NotSupported},
	} {
		c.call("1/x", test.method, test.params)
		c.expectError("1/x", test.code)
	}
	// What it does not know is no reason to stop talking.
	c.write(`{"type":"notify","data":{"method":"dance","params":{}}}`)
	c.write(`{"type":"dance","data":7}`)
	c.call("1/y", "ping", `{"unknown":true}`)
	c.expect(`{"id":"1/y","ok":true,"result":{}}`)
}

func TestTerminateAndCloseOfNothingSucceed(t *testing.T) {
	c := serve(t, web(&scripted{})).welcomed()
	c.call("web-9@1/terminate", "terminate", `{"resourceId":"web-9","incarnation":1,"cause":"x","reason":"x"}`)
	c.expect(`{"id":"web-9@1/terminate","ok":true,"result":{}}`)
	c.call("1/1", "close", `{"resourceId":"web-9"}`)
	c.expect(`{"id":"1/1","ok":true,"result":{}}`)
}

func TestErrorsAndPanicsOfAnAuthorAreAnswers(t *testing.T) {
	c := serve(t, web(&scripted{control: func(ctx context.Context, r *Resource, control *Control) (any, error) {
		switch control.Code {
		case "wrapped":
			return nil, fmt.Errorf("no such thing: %w", Unavailable)
		case "panic":
			var none map[string]int
			none["x"] = 1
		case "noJSON":
			return func() {}, nil
		case "tooLong":
			return make([]byte, maxFrameBytes), nil
		}
		return nil, errors.New("disk gone")
	}})).opened()
	for code, want := range map[string]Code{"plain": Failed, "wrapped": Unavailable, "panic": Failed, "noJSON": Failed, "tooLong": Failed} {
		c.call("1/"+code, "resourceControl", `{"resourceId":"web-1","code":"`+code+`"}`)
		if message := c.expectError("1/"+code, want); message == "" {
			t.Errorf("%s: no message", code)
		}
	}
}

func TestAControlHasInputAndOutputAndMoreTime(t *testing.T) {
	c := serve(t, web(&scripted{control: func(ctx context.Context, r *Resource, control *Control) (any, error) {
		return map[string]any{"was": control.Input}, control.Extend(60e9)
	}})).opened()
	c.call("1/5", "resourceControl", `{"resourceId":"web-1","code":"reload","input":{"graceful":true}}`)
	c.expect(`{"id":"h1","method":"extendControl","params":{"callId":"1/5","ms":60000}}`)
	c.write(`{"type":"response","data":{"id":"h1","ok":true,"result":{}}}`)
	c.expect(`{"id":"1/5","ok":true,"result":{"output":{"was":{"graceful":true}}}}`)
}

func TestACancelledControlIsAnswered(t *testing.T) {
	c := serve(t, web(&scripted{control: func(ctx context.Context, r *Resource, control *Control) (any, error) {
		r.SetStatusText("waiting")
		<-ctx.Done()
		return nil, errors.New("given up")
	}})).opened()
	c.call("1/5", "resourceControl", `{"resourceId":"web-1","code":"wait"}`)
	c.expect(`{"id":"h1","method":"setProperties","params":{"resourceId":"web-1","statusText":"waiting"}}`)
	c.write(`{"type":"notify","data":{"method":"cancel","params":{"id":"1/5","reason":"x"}}}`)
	c.expectError("1/5", Cancelled)
}

func TestPropertiesAreReadOverDefaults(t *testing.T) {
	c := serve(t, web(&scripted{online: func(ctx context.Context, r *Resource) (Contract, error) {
		settings := struct{ Port, Backlog int }{Backlog: 5}
		if err := r.ReadProperties(&settings); err != nil {
			return Contract{}, err
		}
		if settings.Port != 8080 || settings.Backlog != 5 {
			return Contract{}, fmt.Errorf("read %+v", settings)
		}
		var wrong struct{ Port string }
		return Poll(0, 60e9), errors.Unwrap(r.ReadProperties(&wrong).(*codedError).cause)
	}})).opened()
	c.call("web-1@1/online", "online", `{"resourceId":"web-1","incarnation":1,"properties":{"port":8080},"eventHandle":"/ev","failureRecord":"web-1@1"}`)
	c.expectError("web-1@1/online", Failed)
}
