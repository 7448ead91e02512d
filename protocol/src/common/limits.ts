/** The name of this protocol's only version. A host lists every version it speaks; the daemon answers the highest it knows. */
export const PROTOCOL = 'andon/1';

/** Ends a frame. A raw form feed cannot occur inside valid JSON, so a reader may scan bytes for it. */
export const FRAME_END = '\f';

/** Longest frame in bytes, without the form feed. A longer one closes the connection. */
export const MAX_FRAME_BYTES = 1024 * 1024;

/** A request or response of the control socket whose JSON text is longer than this, in UTF-16 units, travels in pieces of it.
 *  Escaped once more, a unit takes up to 3 bytes: a piece of this length fits a frame. */
export const MAX_PART_LENGTH = 256 * 1024;

/** Longest failure record in bytes, newline included. POSIX guarantees whole writes only up to PIPE_BUF, which is at
 *  least 512, so writers that share one event handle cannot cut each other's records. Source: POSIX write(), PIPE_BUF. */
export const MAX_FAILURE_RECORD_BYTES = 512;

/** Most calls that may be unanswered on one host. Terminate and cancel do not count. */
export const MAX_IN_FLIGHT = 64;

/** Longest path of a socket in bytes. `sun_path` holds 108 on Linux and 104 on macOS; 100 leaves room on both. */
export const MAX_SOCKET_PATH_BYTES = 100;

/** Resources of a hello travel in frames of at most this many bytes. */
export const MAX_HELLO_RESOURCES_BYTES = 256 * 1024;

/** Longest text of a status report, a log event or a reason, in UTF-16 units. Longer text is cut, never refused (S53). */
export const MAX_TEXT_LENGTH = 1024;

/** An accepted connection that stays silent this long is closed. */
export const HELLO_LIMIT_MS = 5_000;

/** How long a host whose connection broke may take to come back, while its process lives, before it counts as lost. */
export const RECONNECT_WINDOW_MS = 10_000;

/** How long a new daemon waits for the hosts of the one before it. */
export const ADOPTION_WINDOW_MS = 10_000;

/** `startup`, `open` and `close` are answered within this; they cannot pend. */
export const OPEN_CLOSE_LIMIT_MS = 30_000;

/** An entry point that takes longer causes a warning and nothing else (S38). */
export const SLOW_CALL_MS = 300;

/** Limit of the one `isAlive` that verifies a suspicion or an adopted resource; expiry counts as *not alive*. */
export const VERIFY_LIMIT_MS = 5_000;

/** A bare record acts at once only when its resource has been Online for longer than this. */
export const BARE_RECORD_GRACE_MS = 2_000;

/** A library writes its record again when no terminate came within this; then 4, 8 … 60 s. */
export const RECORD_REWRITE_MS = 2_000;

/** Discarded records per second on one event handle above which reading pauses to the end of that second. */
export const FLOOD_BUDGET_PER_SECOND = 10_000;

/** Poll intervals below this are malformed. */
export const MIN_POLL_INTERVAL_MS = 10;

/** Used when neither resource, type nor the online result names an interval. */
export const DEFAULT_LOOKS_ALIVE_MS = 5_000;
export const DEFAULT_IS_ALIVE_MS = 60_000;
