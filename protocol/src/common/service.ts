// What the daemon and the command line both know of running as a service; nothing of it is on the wire.

/** A daemon that ends stops waiting for its resources to go offline after this, unless it is configured otherwise. */
export const STOP_LIMIT_MS = 80_000;

/** What comes after that takes up to this: hosts that are asked to end, and the store. A service manager waits so much longer before it kills. */
export const STOP_GRACE_MS = 10_000;

/** How a daemon ends that wants its service manager to start the next one at once. */
export const RESTART_EXIT_CODE = 75;
