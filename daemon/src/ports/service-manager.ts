/** Whoever runs the daemon as a service and wants to know how it is. Telling never throws; without a manager it does nothing. */
export interface ServiceManager {
  /** Null: nobody runs it as a service. */
  readonly kind: 'systemd' | null;
  /** It ends a daemon that says nothing for this long; null = it does not watch. */
  readonly watchdogMs: number | null;
  /** Everything that was promised works: administrators are answered. Also ends `reloading`. */
  ready(status: string): void;
  /** The configuration is being read again. */
  reloading(): void;
  /** One line for people. */
  status(text: string): void;
  /** The event loop turns. */
  alive(): void;
  /** The daemon ends, which takes up to `limitMs`. */
  stopping(limitMs: number): void;
}
