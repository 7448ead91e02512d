/** Exit codes of `andon`. */
export const EXIT = {
  done: 0,
  notReached: 1,
  usage: 2,
  unreachable: 3,
  refused: 4,
  hostTrouble: 5,
  systemTrouble: 6,
  bug: 70,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

interface ErrorEntry {
  readonly exit: ExitCode;
  /** What failed and why; `{name}` is replaced by the value of that name. */
  readonly message: string;
  /** What to do next. */
  readonly remedy: string;
}

/** Every error that the daemon answers or a command prints. The code is stable; texts may be improved. */
export const ERRORS = {
  unreachable: { exit: EXIT.unreachable, message: 'No daemon answers. Tried: {tried}.', remedy: 'Start one with: {start}' },
  notLetIn: {
    exit: EXIT.unreachable,
    message: 'A daemon is there and does not let you in. Tried: {tried}.',
    remedy:
      'Run it as the owner of the daemon (root: sudo andon …), or ask to be put into the control-group or read-only-group of its andon.toml.',
  },
  noAnswer: {
    exit: EXIT.unreachable,
    message: 'The daemon at {path} gave no answer to {request}: {reason}.',
    remedy: 'See whether it still runs: andon doctor',
  },
  onlyLooking: {
    exit: EXIT.refused,
    message: 'The request {request} is not for those who may only look.',
    remedy: 'Run it as the owner of the daemon (root: sudo andon …), or as a member of its control-group.',
  },
  usage: { exit: EXIT.usage, message: '{detail}', remedy: '{hint}' },
  badManifest: { exit: EXIT.usage, message: '{file}:{line}:{column}: {detail}', remedy: '{hint}' },
  invalidRequest: {
    exit: EXIT.usage,
    message: 'The request {command} is malformed: {detail}.',
    remedy: 'Use an andon of the same version as the daemon ({version}).',
  },
  unknownType: { exit: EXIT.refused, message: 'There is no resource type "{name}".{suggestion}', remedy: 'See: andon type list' },
  unknownResource: { exit: EXIT.refused, message: 'There is no resource "{name}".{suggestion}', remedy: 'See: andon resource list' },
  unknownGroup: { exit: EXIT.refused, message: 'There is no group "{name}".{suggestion}', remedy: 'See: andon group list' },
  unknownHost: { exit: EXIT.refused, message: 'There is no host "{name}".{suggestion}', remedy: 'See: andon host list' },
  nameTaken: { exit: EXIT.refused, message: 'A {what} named "{name}" exists already.', remedy: '{hint}' },
  builtInType: {
    exit: EXIT.refused,
    message: 'Type "{name}" comes with andon and cannot be {action}.',
    remedy: 'Register a type of your own under another name.',
  },
  typeInUse: {
    exit: EXIT.refused,
    message: 'Type "{name}" is in use by {resources}.',
    remedy: 'Remove these resources first: andon resource remove {resources}',
  },
  groupInUse: {
    exit: EXIT.refused,
    message: 'Group "{name}" holds {resources}.',
    remedy: 'Move or remove them first, or use --force to leave them without a group.',
  },
  resourceInUse: {
    exit: EXIT.refused,
    message: 'Resource "{name}" is needed by {dependents}.',
    remedy: 'Change their --depends-on first.',
  },
  resourceOnline: {
    exit: EXIT.refused,
    message: 'Resource "{name}" is {state}.',
    remedy: 'Take it offline first (andon offline {name}), or use --force.',
  },
  removalNeedsForce: {
    exit: EXIT.refused,
    message: 'It would remove what is not offline: {resources}.',
    remedy: 'Take it offline first (andon offline {names}), or use --force; nothing was changed.',
  },
  invalidProperty: { exit: EXIT.refused, message: '{what} "{name}": property {property} {detail}.', remedy: '{hint}' },
  invalidDependency: {
    exit: EXIT.refused,
    message: 'The dependency "{expression}" of "{name}" cannot be read: {detail}.',
    remedy: 'Write it as [a] and ([b] or [c]).',
  },
  dependencyCycle: {
    exit: EXIT.refused,
    message: 'The dependency of "{name}" closes a cycle: {cycle}.',
    remedy: 'Remove one of these dependencies.',
  },
  wrongState: { exit: EXIT.refused, message: 'Resource "{name}" is {state}; {request} is refused.', remedy: '{hint}' },
  hostQuarantined: {
    exit: EXIT.hostTrouble,
    message: 'Host "{host}" is quarantined after {deaths} deaths in 10 minutes.',
    remedy: 'Find the cause in: andon logs {host} ; then: andon host unquarantine {host}',
  },
  hostTrouble: { exit: EXIT.hostTrouble, message: 'Resource "{name}" has no working host: {reason}.', remedy: 'See: andon logs {host}' },
  hostRefusedCall: {
    exit: EXIT.hostTrouble,
    message: 'The host of "{name}" refused {call}: {code}: {reason}.',
    remedy: 'See: andon logs {name} --host',
  },
  hostUncheckable: { exit: EXIT.hostTrouble, message: '{detail}', remedy: '{hint}' },
  notQuarantined: { exit: EXIT.refused, message: 'Host "{host}" is not quarantined; it is {state}.', remedy: 'See: andon host list' },
  notOpen: {
    exit: EXIT.refused,
    message: 'Resource "{name}" is not open at any host, so no control call can reach it.',
    remedy: 'Bring it online first: andon online {name}',
  },
  notReached: {
    exit: EXIT.notReached,
    message: 'Resource "{name}" is {state}, not {wanted}: {reason}.',
    remedy: 'See: andon events --resource {name}',
  },
  unknownIncident: {
    exit: EXIT.refused,
    message: 'There is no incident "{name}" in {directory}: {why}.',
    remedy: 'See: andon incidents list',
  },
  evidenceTrouble: { exit: EXIT.systemTrouble, message: '{detail}', remedy: '{hint}' },
  folderNotEmpty: {
    exit: EXIT.refused,
    message: 'Folder {path} is not empty.',
    remedy: 'Name another, or use --force, which replaces files of the same names.',
  },
  folderTrouble: {
    exit: EXIT.systemTrouble,
    message: 'Folder {path} cannot be filled: {reason}.',
    remedy: 'Mend that, or name another folder.',
  },
  fileExists: { exit: EXIT.refused, message: 'File {path} exists already.', remedy: 'Name another with --output, or use --force.' },
  storeReadOnly: {
    exit: EXIT.systemTrouble,
    message: 'The store {path} cannot be written: {reason}.',
    remedy: 'Free disk space or mend permissions in {directory}; nothing was changed.',
  },
  storeDamaged: {
    exit: EXIT.systemTrouble,
    message: 'The store {path} is damaged: {reason}.',
    remedy: 'It was left as it is. Move it away, start again, and restore your configuration with: andon apply -f FILE',
  },
  storeNewer: {
    exit: EXIT.systemTrouble,
    message: 'The store {path} was written by a newer andon (schema {found}, this one knows {known}).',
    remedy: 'Start the newer andon again.',
  },
  daemonRuns: {
    exit: EXIT.systemTrouble,
    message: 'A daemon runs already with {directory}: pid {pid}.',
    remedy: 'Stop it with: andon down',
  },
  directoryUnsafe: { exit: EXIT.systemTrouble, message: 'Directory {path} is not safe: {reason}.', remedy: '{hint}' },
  directoryTrouble: {
    exit: EXIT.systemTrouble,
    message: 'Directory {path} cannot be used: {reason}.',
    remedy: 'Create it for this user, or name another with {variable}.',
  },
  pathTooLong: {
    exit: EXIT.systemTrouble,
    message: 'The socket path {path} has {bytes} bytes; the limit is {limit}.',
    remedy: 'Set ANDON_RUNTIME_DIR to a shorter path.',
  },
  badConfiguration: { exit: EXIT.systemTrouble, message: '{file}: {detail}', remedy: '{hint}' },
  notSupported: { exit: EXIT.systemTrouble, message: '{what} is not supported on {platform} yet.', remedy: '{hint}' },
  daemonStartFailed: { exit: EXIT.systemTrouble, message: 'The daemon did not start: {reason}.', remedy: '{hint}' },
  needsRoot: { exit: EXIT.refused, message: '{what} needs root.', remedy: '{hint}' },
  needsOwner: { exit: EXIT.refused, message: 'The daemon at {path} belongs to user {uid}.', remedy: '{hint}' },
  serviceUnsafe: {
    exit: EXIT.refused,
    message: 'A service that runs as root must not run these programs: {reasons}.',
    remedy: 'Install andon where only root may write, for example in /opt/andon, and run its own andon; or use --force.',
  },
  serviceForeign: {
    exit: EXIT.refused,
    message: 'The unit {path} was not written by andon.',
    remedy: 'Look at it first: systemctl cat andond ; then {hint}.',
  },
  serviceProgram: {
    exit: EXIT.systemTrouble,
    message: 'The {what} of the service cannot be used, {path}: {reason}.',
    remedy: 'Install andon again, with the Node that comes with it (npm ci), for example in /opt/andon.',
  },
  serviceConflict: { exit: EXIT.systemTrouble, message: 'The service could not start: {reason}.', remedy: '{hint}' },
  noServiceManager: {
    exit: EXIT.systemTrouble,
    message: 'There is no systemd here: {reason}.',
    remedy: 'Run the daemon by hand (andon up --detach), or see what would be installed: andon service install --dry-run',
  },
  systemdRefused: {
    exit: EXIT.systemTrouble,
    message: '"{command}" failed: {reason}.',
    remedy: 'Mend what it says, then run the command again; what was done already is not done twice.',
  },
  serviceStartFailed: {
    exit: EXIT.systemTrouble,
    message: 'The service is installed, but did not start: {reason}.',
    remedy: 'Mend what the lines above say, then run: {hint}',
  },
  upgradeFailed: { exit: EXIT.systemTrouble, message: 'The daemon has left, and the next one is not there: {reason}.', remedy: '{hint}' },
  shuttingDown: {
    exit: EXIT.refused,
    message: 'The daemon is stopping; {request} is refused.',
    remedy: 'Try again once it runs again: andon up',
  },
  internal: {
    exit: EXIT.bug,
    message: 'andon failed in a way it should not: {detail}.',
    remedy: 'Please report this with the output of: andon doctor --json',
  },
} as const satisfies Record<string, ErrorEntry>;
export type ErrorCode = keyof typeof ERRORS;

/** The definition that an error is about, and the keys of its table that lead to the mistake. */
export interface ErrorSubject {
  readonly what: 'type' | 'group' | 'resource';
  readonly name: string;
  readonly path: readonly string[];
}

/** Where in a file a mistake is. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface AndonErrorOptions extends ErrorOptions {
  readonly subject?: ErrorSubject | undefined;
  readonly place?: Place | undefined;
}

/** An error of the registry above, as it travels over the control socket and is printed. */
export class AndonError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string;
  readonly exit: ExitCode;
  readonly subject: ErrorSubject | undefined;
  /** Set where the message begins with it. */
  readonly place: Place | undefined;
  readonly #values: Readonly<Record<string, string | number>>;

  constructor(code: ErrorCode, values: Readonly<Record<string, string | number>> = {}, options: AndonErrorOptions = {}) {
    const { place, subject, ...rest } = options;
    const message = fill(ERRORS[code].message, values);
    super(place && code !== 'badManifest' ? `${placeText(place)}: ${message}` : message, rest);
    this.name = 'AndonError';
    this.code = code;
    this.remedy = fill(ERRORS[code].remedy, values);
    this.exit = ERRORS[code].exit;
    this.subject = subject;
    this.place = place;
    this.#values = values;
  }

  /** The same error about a definition. */
  about(subject: ErrorSubject): AndonError {
    return new AndonError(this.code, this.#values, { cause: this.cause, subject, place: this.place });
  }

  /** The same error, with the place in a file in front. */
  at(place: Place): AndonError {
    return new AndonError(this.code, this.#values, { cause: this.cause, subject: this.subject, place });
  }
}

export function placeText({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)).trim();
}
