/** Type assertions that stay, by file, with the reason. A file that needs fewer than it may have is reported too. */
export const ALLOWED_CASTS: Readonly<Record<string, { readonly count: number; readonly reason: string }>> = {
  'cli/src/connection/client.ts': { count: 1, reason: 'codec: answers of our own daemon are not checked twice' },
  'cli/src/connection/wire.ts': {
    count: 2,
    reason: 'codec: the fields of an event belong to its kind, which the daemon fills in',
  },
  'daemon/src/shell/control/handlers.ts': {
    count: 1,
    reason: 'codec: the schema that parsed the parameters is picked by the same key as the handler',
  },
  'daemon/src/shell/hosts/call-table.ts': {
    count: 1,
    reason: 'codec: the schema that parsed the result is picked by the method of the call',
  },
  'daemon/src/shell/monitor/registry.ts': {
    count: 1,
    reason: 'codec: a stored JSON Schema is JSON to us and a schema to zod',
  },
  'resource-host/src/properties.ts': {
    count: 1,
    reason: 'codec: the validator was built from that very schema',
  },
};

/** Files longer than the limit, which are tables rather than programs. */
export const LONG_TABLES: readonly string[] = [];

/** Files of the daemon that touch the machine on behalf of a port, and the one that wires them. */
export const ADAPTERS: readonly string[] = [
  'daemon/src/main.ts',
  'daemon/src/shell/posix/',
  'daemon/src/shell/win32/',
  'daemon/src/shell/store/',
  'daemon/src/shell/adapters/',
  'daemon/src/shell/system-clock.ts',
  'daemon/src/shell/system-random.ts',
  // Taken before there is anything to simulate, held for life.
  'daemon/src/shell/lock.ts',
  // Writes the log; nothing depends on it.
  'daemon/src/shell/log.ts',
  // Computes and touches nothing; only Node's own comparison takes the same time for all secrets.
  'daemon/src/shell/hosts/same-secret.ts',
  // Reads one file of another package while the daemon starts.
  'daemon/src/shell/built-in-types.ts',
];

/** Who may end the process at once: those who own it. */
export const MAY_EXIT: readonly RegExp[] = [
  /\/main\.ts$/,
  // Runs the host that a module of a user defines, in a process of its own; the module has no main.ts.
  /^resource-host\/src\/run-host\.ts$/,
];

/** Files of the command line that read manifests, and are loaded by those commands only that do. */
export const MANIFEST_COMMANDS: readonly string[] = ['cli/src/manifest/manifest-input.ts', 'cli/src/bundle/bundle.ts'];
