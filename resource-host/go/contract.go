package host

import "time"

const shortestPoll = 10 * time.Millisecond

// A Contract is what Online answers: how the daemon learns that the resource failed. The zero Contract is Event, or, for a
// handler with LooksAlive, Poll(0, 0).
type Contract struct {
	kind                string
	eventHandle         string
	looksAlive, isAlive time.Duration
}

// Event promises that every failure is reported by Resource.Fail: nobody asks.
func Event() Contract { return Contract{kind: contractEvent} }

// EventOn is Event, with the pipe that Resource.CreateEventHandle made in place of the one of this host.
func EventOn(handle string) Contract { return Contract{kind: contractEvent, eventHandle: handle} }

// Poll wishes to be asked at these intervals, at least 10 ms each. 0 leaves an interval to the administrator.
func Poll(looksAlive, isAlive time.Duration) Contract {
	return Contract{kind: contractPoll, looksAlive: looksAlive, isAlive: isAlive}
}

const (
	contractEvent = "event"
	contractPoll  = "poll"
)

// settled replaces what the author left open by what holds, and refuses what the daemon would refuse.
func (c Contract) settled(handler Handler, eventHandle string) (Contract, error) {
	if c.kind == "" {
		c.kind = contractEvent
		if _, asks := handler.(LooksAliver); asks {
			c.kind = contractPoll
		}
	}
	if c.kind == contractEvent && c.eventHandle == "" {
		c.eventHandle = eventHandle
	}
	for _, interval := range []time.Duration{c.looksAlive, c.isAlive} {
		if interval != 0 && interval < shortestPoll {
			return c, Errorf(Failed, "Online answered Poll with an interval of %v; give at least %v, or 0 for the default", interval, shortestPoll)
		}
	}
	return c, nil
}

// onlineResult is the result of online; the same members, without the first, tell of it in a status report.
type onlineResult struct {
	Contract     string `json:"contract,omitempty"`
	EventHandle  string `json:"eventHandle,omitempty"`
	LooksAliveMs int64  `json:"looksAliveMs,omitempty"`
	IsAliveMs    int64  `json:"isAliveMs,omitempty"`
}

func (c Contract) result() onlineResult {
	return onlineResult{c.kind, c.eventHandle, c.looksAlive.Milliseconds(), c.isAlive.Milliseconds()}
}
