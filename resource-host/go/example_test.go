package host_test

import (
	"context"
	"fmt"
	"time"

	"andon/host"
)

// A clock is online for a while and then fails.
type clock struct{}

func (clock) Online(ctx context.Context, r *host.Resource) (host.Contract, error) {
	settings := struct{ Seconds int }{Seconds: 60}
	if err := r.ReadProperties(&settings); err != nil {
		return host.Contract{}, err
	}
	r.Go(func(ctx context.Context) {
		select {
		case <-time.After(time.Duration(settings.Seconds) * time.Second):
			r.Fail("it has run down")
		case <-ctx.Done():
		}
	})
	return host.Event(), nil
}

func (clock) Offline(context.Context, *host.Resource) error   { return nil }
func (clock) Terminate(context.Context, *host.Resource) error { return nil }

func Example() {
	host.Main(host.Type{Name: "clock", New: func() host.Handler { return clock{} }})
}

func ExampleErrorf() {
	err := host.Errorf(host.Unavailable, "no disk %s", "sda")
	fmt.Println(err)
	// Output: no disk sda
}
