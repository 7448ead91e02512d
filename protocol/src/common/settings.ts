import { z } from 'zod';
import { Milliseconds } from './names.ts';
import { STOP_LIMIT_MS } from './service.ts';

/** Lowest level that is written, from the most to the least talkative. */
export const LogLevel = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']);
export type LogLevel = z.infer<typeof LogLevel>;

/** Name of a group of the operating system, as groupadd(8) takes it; empty = none. */
const GroupOfUsers = z
  .string()
  .regex(/^(?:[A-Za-z_][A-Za-z0-9_.-]{0,31}\$?)?$/, 'the name of a group of this machine, or empty')
  .default('');

/**
 * What `andon.toml` of the configuration directory may say. Every key may be absent; one that is not known is refused. The descriptions
 * are those of the manual and of the published schema.
 */
export const Settings = z.strictObject({
  daemon: z
    .strictObject({
      'orphan-period-ms': Milliseconds.default(600_000).meta({
        description: 'How long hosts wait for a next daemon before they take their resources offline; 0 = for ever.',
      }),
      'log-level': LogLevel.default('info').meta({ description: 'Lowest level that andond logs.' }),
      'control-group': GroupOfUsers.meta({
        description:
          'Users of this group of the machine may do everything that the owner of the daemon may: control.sock is theirs too. Empty = nobody. Only for a daemon of root.',
      }),
      'read-only-group': GroupOfUsers.meta({
        description:
          'Users of this group of the machine may look: status, events, hosts and groups, by a socket of their own, status.sock. Empty = nobody. Only for a daemon of root.',
      }),
      'stop-limit-ms': Milliseconds.min(1_000).default(STOP_LIMIT_MS).meta({
        description:
          'How long an ending daemon waits for its resources to go offline. Keep TimeoutStopSec of the unit at least 10 s above it.',
      }),
    })
    .prefault({})
    .meta({ description: 'The daemon itself.' }),
  events: z
    .strictObject({
      'keep-count': z
        .int()
        .min(1_000)
        .max(10_000_000)
        .default(100_000)
        .meta({ description: 'Events that are kept, whichever of the two bounds is met first.' }),
      'keep-days': z.int().min(1).max(3_650).default(30).meta({ description: 'Days that events are kept.' }),
    })
    .prefault({})
    .meta({ description: 'The history of events in the store.' }),
  incidents: z
    .strictObject({
      'max-count': z
        .int()
        .min(1)
        .max(100_000)
        .default(100)
        .meta({ description: 'Incidents that are kept, whichever of the three bounds is met first.' }),
      'max-age-days': z.int().min(1).max(3_650).default(30).meta({ description: 'Days that an incident is kept.' }),
      'max-size-mib': z.int().min(1).max(1_048_576).default(64).meta({ description: 'MiB that all incidents together may take.' }),
    })
    .prefault({})
    .meta({ description: 'Evidence of hosts that were killed, were lost or died.' }),
});
export type Settings = z.infer<typeof Settings>;
