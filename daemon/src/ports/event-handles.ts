/** One named pipe, made by the daemon, into which one host writes failure records. */
export interface EventHandle {
  /** What the host is told to write to. */
  readonly path: string;
  /** Whose it is, and so the user that its host was started as; null where users have no numbers. */
  readonly uid: number | null;
  /** Begins reading; every piece goes to `listener`, which must not throw. The bytes are valid only during the call. */
  read(listener: (bytes: Uint8Array) => void): void;
  /** Hands everything that waits in the pipe to the listener before it returns, up to `limitBytes`. */
  drain(limitBytes: number): void;
  /** Stops reading; writers wait once the pipe is full. */
  pause(): void;
  resume(): void;
  /** Whether the path still names this pipe. */
  isIntact(): boolean;
  /** Stops reading and lets go of the pipe; what waits in it stays for whoever holds it open. */
  close(): void;
  /** `close`, and removes the path. */
  remove(): void;
}

export interface EventHandles {
  /** Makes the pipe `name` for a host that runs as `user` (null = as the daemon). A new pipe takes the place of an old one. */
  create(name: string, user: { readonly uid: number; readonly gid: number } | null): Promise<EventHandle>;
  /** Opens the pipe that the host of an earlier daemon still holds; by its path, else through `/proc/PID/fd/3`. Null when neither serves. */
  reopen(name: string, hostPid: number, user: { readonly uid: number; readonly gid: number } | null): Promise<EventHandle | null>;
}
