package host

import (
	"context"
	"errors"
	"sort"
	"strings"
)

type startupResult struct {
	ResourceTypes []string `json:"resourceTypes"`
}

type openResult struct {
	Found string `json:"found"`
}

// startup serves the types that it knows; the daemon refuses the others.
func (h *host) startup(ctx context.Context, params object) (any, error) {
	names, err := member[[]string](params, "types")
	if err != nil {
		return nil, err
	}
	served := []string{}
	for _, name := range names {
		known, there := h.types[name]
		if !there {
			continue
		}
		if known.Startup != nil {
			if err := guardedError("Startup", func() error { return known.Startup(ctx) }); err != nil {
				return nil, err
			}
		}
		served = append(served, name)
	}
	return startupResult{served}, nil
}

func (h *host) typeOf(params object) (Type, error) {
	name, err := member[string](params, "type")
	if err != nil {
		return Type{}, err
	}
	if known, there := h.types[name]; there {
		return known, nil
	}
	return Type{}, Errorf(InvalidParams, "this host has no type %q; it has %s", name, strings.Join(h.typeNames(), ", "))
}

func (h *host) typeNames() []string {
	names := make([]string, 0, len(h.types))
	for name := range h.types {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func (h *host) typeControl(ctx context.Context, c call) (any, error) {
	known, err := h.typeOf(c.params)
	if err != nil {
		return nil, err
	}
	asked, err := h.newControl(ctx, c)
	if err != nil {
		return nil, err
	}
	if known.Control == nil {
		return nil, Errorf(NotSupported, "type %q has no control codes, so not %q", known.Name, asked.Code)
	}
	output, err := controlOutput(func() (any, error) { return known.Control(ctx, asked) })
	return output, cancelledOr(ctx, err)
}

func (h *host) find(params object) (*instance, error) {
	name, err := member[string](params, "resourceId")
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if i := h.instances[name]; i != nil {
		return i, nil
	}
	return nil, Errorf(UnknownResource, "resource %q is not open in this host", name)
}

func (h *host) open(ctx context.Context, params object) (any, error) {
	known, err := h.typeOf(params)
	if err != nil {
		return nil, err
	}
	name, err := member[string](params, "resourceId")
	if err != nil {
		return nil, err
	}
	properties, err := propertiesOf(params)
	if err != nil {
		return nil, err
	}
	mayRun, err := optional[bool](params, "recover")
	if err != nil {
		return nil, err
	}
	// The answer to an earlier open was lost; what it made has never been used. What it found is looked for again.
	if earlier, err := h.find(params); err == nil {
		if err := earlier.discard(ctx); err != nil {
			return nil, err
		}
		h.remove(earlier)
	}
	handler, err := guarded("New", func() (Handler, error) { return known.New(), nil })
	if err != nil {
		return nil, err
	}
	i := newInstance(h, name, handler, properties)
	found, err := i.open(ctx, mayRun)
	if err != nil {
		i.forget()
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.instances[name] = i
	return openResult{found}, nil
}

// close succeeds when there is nothing to close.
func (h *host) close(ctx context.Context, params object) (any, error) {
	i, err := h.find(params)
	if errors.Is(err, UnknownResource) {
		return nothing{}, nil
	}
	if err == nil {
		err = i.close(ctx)
	}
	if err != nil {
		return nil, err
	}
	h.remove(i)
	return nothing{}, nil
}

func (h *host) remove(i *instance) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.instances, i.name)
}
