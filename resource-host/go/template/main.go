// {{name}} is a resource type of andon: it runs a command and reports its end the moment it comes.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"andon/host"
)

func main() {
	host.Main(host.Type{Name: "{{name}}", New: func() host.Handler { return new(program) }})
}

type properties struct {
	Command       string `json:"command"`
	StopTimeoutMs int64  `json:"stopTimeoutMs"`
}

// A program is one resource: a command that runs while it is online.
type program struct {
	properties properties
	process    *os.Process
	// exited is closed when the program has ended; nil before the first online.
	exited chan struct{}
}

// Open finds out whether an earlier host, which was killed, left the program running.
func (p *program) Open(ctx context.Context, r *host.Resource, mayRun bool) (running bool, err error) {
	return mayRun && len(leftovers(r.Name())) > 0, nil
}

// Online starts the program, and promises to report its end, so that nobody has to ask. There must not be two of it.
func (p *program) Online(ctx context.Context, r *host.Resource) (host.Contract, error) {
	p.properties = properties{StopTimeoutMs: 5000}
	if err := r.ReadProperties(&p.properties); err != nil {
		return host.Contract{}, err
	}
	killLeftovers(r.Name())
	command := exec.Command("sh", "-c", p.properties.Command)
	command.Env = append(os.Environ(), "ANDON_RESOURCE="+r.Name())
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	// A session is a process group too: what the program starts is stopped with it.
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := command.Start(); err != nil {
		return host.Contract{}, fmt.Errorf("cannot run %q: %w", p.properties.Command, err)
	}
	exited := make(chan struct{})
	p.process, p.exited = command.Process, exited
	r.Go(func(context.Context) {
		// Its error says no more than the state does.
		_ = command.Wait()
		close(exited)
		r.Fail(describe(command.ProcessState))
	})
	return host.Event(), nil
}

// Offline lets the program stop by itself, for a while.
func (p *program) Offline(ctx context.Context, r *host.Resource) error {
	if p.isRunning() {
		p.signal(syscall.SIGTERM)
		select {
		case <-p.exited:
		case <-ctx.Done():
		case <-time.After(time.Duration(p.properties.StopTimeoutMs) * time.Millisecond):
		}
	}
	return p.Terminate(ctx, r)
}

// Terminate returns when nothing of the program is left, also nothing that it started.
func (p *program) Terminate(ctx context.Context, r *host.Resource) error {
	if p.isRunning() {
		p.signal(syscall.SIGKILL)
		<-p.exited
	}
	killLeftovers(r.Name())
	return nil
}

// IsAlive is asked when somebody else reported a failure of this resource.
func (p *program) IsAlive(ctx context.Context, r *host.Resource) error {
	if p.isRunning() {
		return nil
	}
	return errors.New("it does not run")
}

// Control answers `andon control NAME pid`.
func (p *program) Control(ctx context.Context, r *host.Resource, control *host.Control) (any, error) {
	if control.Code != "pid" {
		return nil, fmt.Errorf("no control code %q: %w", control.Code, host.NotSupported)
	}
	if !p.isRunning() {
		return nil, host.Errorf(host.InvalidState, "%s does not run, so it has no pid", r.Name())
	}
	return p.process.Pid, nil
}

func (p *program) isRunning() bool {
	if p.process == nil {
		return false
	}
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

// signal reaches the program and what it started. An error means that they have ended already.
func (p *program) signal(signal syscall.Signal) {
	_ = syscall.Kill(-p.process.Pid, signal)
}

func describe(ended *os.ProcessState) string {
	if status, ok := ended.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return "killed by " + signalName(status.Signal())
	}
	return fmt.Sprintf("exited with code %d", ended.ExitCode())
}

func signalName(signal syscall.Signal) string {
	switch signal {
	case syscall.SIGKILL:
		return "SIGKILL"
	case syscall.SIGTERM:
		return "SIGTERM"
	}
	return "signal " + signal.String()
}
