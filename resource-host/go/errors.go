package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
)

// A Code is the kind of an error on the wire. It is an error itself, so that errors.Is finds it and %w wraps it:
//
//	return nil, fmt.Errorf("no control code %q: %w", control.Code, host.NotSupported)
type Code string

// The codes of the protocol.
const (
	NotSupported     Code = "notSupported"
	InvalidParams    Code = "invalidParams"
	UnknownResource  Code = "unknownResource"
	InvalidState     Code = "invalidState"
	StaleIncarnation Code = "staleIncarnation"
	Busy             Code = "busy"
	Timeout          Code = "timeout"
	Cancelled        Code = "cancelled"
	Failed           Code = "failed"
	Unavailable      Code = "unavailable"
	Internal         Code = "internal"
	ShuttingDown     Code = "shuttingDown"
)

// Error makes a Code an error.
func (c Code) Error() string { return string(c) }

// Errorf makes an error that travels under this code. Its message is only what the format says.
func Errorf(code Code, format string, args ...any) error {
	return &codedError{code: code, cause: fmt.Errorf(format, args...)}
}

type codedError struct {
	code  Code
	cause error
}

func (e *codedError) Error() string { return e.cause.Error() }
func (e *codedError) Unwrap() error { return e.cause }

func (e *codedError) Is(target error) bool { return target == error(e.code) }

func (e *codedError) As(target any) bool {
	code, wanted := target.(*Code)
	if wanted {
		*code = e.code
	}
	return wanted
}

// wireError is the member `error` of a response.
type wireError struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
}

func wireErrorOf(err error) wireError {
	return wireError{Code: codeOf(err), Message: cutText(err.Error())}
}

func codeOf(err error) Code {
	var code Code
	switch {
	case errors.As(err, &code):
		return code
	case errors.Is(err, context.Canceled):
		return Cancelled
	case errors.Is(err, context.DeadlineExceeded):
		return Timeout
	}
	return Failed
}

// cancelledOr gives the error of a call that was cancelled the code that says so, whatever the author made of it.
func cancelledOr(ctx context.Context, err error) error {
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		return Errorf(Cancelled, "cancelled: %w", err)
	}
	return err
}

// guarded runs code of the author. Its panic is an error like any other: it must not take the other resources along.
func guarded[Result any](entryPoint string, work func() (Result, error)) (result Result, err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			fmt.Fprintf(os.Stderr, "%s panicked: %v\n%s", entryPoint, thrown, debug.Stack())
			err = Errorf(Failed, "%s panicked: %v; the log of this host has the stack", entryPoint, thrown)
		}
	}()
	return work()
}

// guardedError is guarded for an entry point that answers nothing but an error.
func guardedError(entryPoint string, work func() error) error {
	_, err := guarded(entryPoint, func() (struct{}, error) { return struct{}{}, work() })
	return err
}
