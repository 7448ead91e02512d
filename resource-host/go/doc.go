// Package host serves resource types to andond, the andon daemon: it starts this program, calls its entry points over a
// socket, and learns of a failure the moment a resource reports it.
//
// A program implements Handler for one resource and hands Main a function that makes one:
//
//	func main() {
//		host.Main(host.Type{Name: "greeter", New: func() host.Handler { return new(greeter) }})
//	}
//
// What else a resource can do, it says by implementing LooksAliver, IsAliver, Controller, Opener or Closer.
//
// The package speaks the protocol andon/1 and needs the standard library only.
package host
