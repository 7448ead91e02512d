import type { ResourceProperties, TypeProperties } from '@andon/protocol';

export interface PropertyNote {
  readonly unit: string;
  readonly meaning: string;
  /** Said where the schema has no default of its own. */
  readonly otherwise?: string;
}

const LIMIT_OF_TYPE = 'the type’s';

/** A new property without its note does not compile. */
export const TYPE_PROPERTY_NOTES: Readonly<Record<keyof TypeProperties, PropertyNote>> = {
  LooksAlivePollInterval: {
    unit: 'ms',
    meaning: 'How often a polled resource is asked the cheap question.',
    otherwise: 'what `online` answers, else 5000',
  },
  IsAlivePollInterval: {
    unit: 'ms',
    meaning:
      'How often a polled resource is asked the thorough question. Where it is set, a resource with an event handle is asked too: a net below it.',
    otherwise: 'what `online` answers, else 60000',
  },
  PendingTimeout: {
    unit: 'ms',
    meaning:
      'Silence of a pended online or offline after which it is terminated; a new checkpoint starts it again. Capped by DeadlockTimeout.',
  },
  DeadlockTimeout: { unit: 'ms', meaning: 'Limit of one call. When it expires the host is killed.' },
  TerminateTimeout: {
    unit: 'ms',
    meaning: 'Limit of one terminate, capped by DeadlockTimeout. When it expires the host is killed.',
  },
  onSignal: {
    unit: '',
    meaning:
      '`terminate`: a failure record leads to Terminate at once. `verify`: it causes one isAlive, and Terminate only when that is false.',
  },
  requireIncarnation: { unit: '', meaning: 'Refuse failure records that name no incarnation.' },
  killScope: {
    unit: '',
    meaning:
      'What ending a host ends besides the process itself: `process` nothing, `group` its process group, `tree` all that descends from it, `none` not even the process.',
  },
  user: {
    unit: '',
    meaning: 'Run the host as this user. Only a daemon of root can.',
    otherwise: 'the daemon’s',
  },
  noNewPrivileges: {
    unit: '',
    meaning: 'Nothing that the host starts gains privileges: no `sudo`, no set-uid program. It cannot be taken back by the host.',
    otherwise: 'true where `user` is set',
  },
  limits: {
    unit: '',
    meaning:
      'Limits of the host and of each program that it starts, as `prlimit` sets them: `nofile`, `nproc`, `as` and `core` (bytes), `cpu` (s). A whole number or `unlimited`.',
    otherwise: 'those of the daemon',
  },
  startTimeoutMs: { unit: 'ms', meaning: 'From the start of a host to its hello.' },
  shareHost: {
    unit: '',
    meaning: 'Share one process with every type whose command, user, folder, environment and restrictions are the same.',
  },
  pingIntervalMs: {
    unit: 'ms',
    meaning: 'How often an idle host is asked whether it still answers; 0 = never.',
  },
};

export const RESOURCE_PROPERTY_NOTES: Readonly<Record<keyof ResourceProperties, PropertyNote>> = {
  LooksAlivePollInterval: {
    unit: 'ms',
    meaning: 'As for the type, for this resource.',
    otherwise: LIMIT_OF_TYPE,
  },
  IsAlivePollInterval: {
    unit: 'ms',
    meaning: 'As for the type, for this resource.',
    otherwise: LIMIT_OF_TYPE,
  },
  PendingTimeout: { unit: 'ms', meaning: 'As for the type, for this resource.', otherwise: LIMIT_OF_TYPE },
  DeadlockTimeout: { unit: 'ms', meaning: 'As for the type, for this resource.', otherwise: LIMIT_OF_TYPE },
  TerminateTimeout: { unit: 'ms', meaning: 'As for the type, for this resource.', otherwise: LIMIT_OF_TYPE },
  maxPendingMs: {
    unit: 'ms',
    meaning: 'Cap on one pended operation in all, however many checkpoints it reports.',
    otherwise: 'no cap',
  },
  RestartAction: {
    unit: '',
    meaning: '`DontRestart`: a failure is final. `RestartNoNotify`, `RestartNotify`: restarted by the policy below; the two act alike.',
  },
  RestartDelay: { unit: 'ms', meaning: 'Wait between the answer to Terminate and the next online.' },
  RestartPeriod: { unit: 'ms', meaning: 'Length of the sliding window in which failures count.' },
  RestartThreshold: {
    unit: 'failures',
    meaning: 'Failures within RestartPeriod that are answered by a restart.',
  },
  RetryPeriodOnFailure: {
    unit: 'ms',
    meaning: 'After the threshold: the next attempt. `"null"` = never. At least RestartPeriod.',
  },
  SeparateMonitor: {
    unit: '',
    meaning: 'Give the resource a host process of its own; the same as the key `separate-monitor`.',
  },
};
