package host

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
)

// maxHelloBytes is what the resources of a hello may take in one frame.
const maxHelloBytes = 1 << 18

// A host is this process, as the daemon sees it: its types and its open resources.
type host struct {
	environment environment
	types       map[string]Type
	link        *link
	eventHandle *eventHandle
	ctx         context.Context
	turns       turns
	unanswered  unanswered

	mu        sync.Mutex
	instances map[string]*instance
	onlines   int
	trouble   string
}

func newHost(ctx context.Context, environment environment, types []Type) (*host, error) {
	h := &host{
		environment: environment,
		types:       map[string]Type{},
		eventHandle: &eventHandle{path: environment.eventHandle, inherited: environment.inherited},
		ctx:         ctx,
		turns:       turns{last: map[string]*turn{}},
		unanswered:  unanswered{calls: map[string]cancellable{}},
		instances:   map[string]*instance{},
	}
	for _, served := range types {
		if _, twice := h.types[served.Name]; twice || served.Name == "" || served.New == nil {
			return nil, fmt.Errorf("a host needs for each type a name of its own and New; look at the type %q", served.Name)
		}
		h.types[served.Name] = served
	}
	h.link = newLink(environment.socket, h)
	return h, nil
}

func (h *host) all() []*instance {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]*instance, 0, len(h.instances))
	for _, i := range h.instances {
		all = append(all, i)
	}
	return all
}

func (h *host) nextOrder() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.onlines++
	return h.onlines
}

func (h *host) holdsNothing() bool { return len(h.all()) == 0 }

// introduce says hello, cut into pieces that fit in a frame.
func (h *host) introduce() []frame {
	var pieces [][]json.RawMessage
	room, count := 0, 0
	for _, i := range h.all() {
		text, err := json.Marshal(i.describe())
		if err != nil {
			panic(err) // A description is made of what JSON can say.
		}
		if pieces == nil || len(text)+1 > room {
			pieces, room = append(pieces, []json.RawMessage{}), maxHelloBytes-1
		}
		last := len(pieces) - 1
		pieces[last] = append(pieces[last], text)
		room -= len(text) + 1
		count++
	}
	if pieces == nil {
		pieces = [][]json.RawMessage{{}}
	}
	frames := []frame{{"hello", h.hello(count, pieces[0])}}
	for _, piece := range pieces[1:] {
		frames = append(frames, frame{"notify", notification{"resources", map[string]any{"resources": piece}}})
	}
	return frames
}

func (h *host) hello(count int, resources []json.RawMessage) map[string]any {
	return map[string]any{
		"protocols":     []string{protocol},
		"token":         h.environment.token,
		"hostId":        h.environment.hostID,
		"pid":           os.Getpid(),
		"software":      map[string]string{"name": "andon-host-go", "version": version},
		"concurrency":   "perResource",
		"capabilities":  map[string]bool{"remembersResults": true},
		"resourceCount": count,
		"resources":     resources,
	}
}

func (h *host) onWelcome() {
	for _, i := range h.all() {
		i.bulletin.repeat()
	}
}

func (h *host) onNotify(data object) {
	method, _ := optional[string](data, "method")
	params, _ := optional[object](data, "params")
	switch method {
	case "cancel":
		id, _ := optional[string](params, "id")
		h.unanswered.cancel(id)
		for _, i := range h.all() {
			i.cancel(id)
		}
	case "recordDismissed":
		incarnation, _ := optional[uint32](params, "incarnation")
		if i, err := h.find(params); err == nil {
			i.dismissRecord(incarnation)
		}
	}
}

// statusReport answers whether the daemon wants the operation to be given up.
func (h *host) statusReport(ctx context.Context, report statusReport) (terminate bool) {
	result, err := h.link.tell(ctx, "statusReport", report)
	if err != nil {
		// A daemon that does not know of the operation (any more) asks for it again, or terminates.
		return false
	}
	answer, _ := optional[string](result, "answer")
	return answer == callTerminate
}

func (h *host) log(level Level, resource, text string) {
	params := map[string]any{"level": level, "text": cutText(text), "resourceId": resource}
	if !h.link.notify("log", params) {
		fmt.Fprintf(os.Stderr, "%s: %s: %s\n", level, resource, text)
	}
}

// complain says on standard error why failures cannot be reported; the same only once in a row.
func (h *host) complain(resource string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if text := err.Error(); text != h.trouble {
		h.trouble = text
		fmt.Fprintf(os.Stderr, "%s failed, and the daemon cannot be told yet: %s\n", resource, text)
	}
}
