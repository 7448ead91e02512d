import { plural } from '../terminal/output.ts';
import type { ArchiveEntry } from './archive.ts';
import { LEFT_OUT } from './secrets.ts';

interface Facts {
  readonly stateDir: string;
  readonly isLive: boolean;
  readonly entries: readonly ArchiveEntry[];
  readonly warnings: readonly string[];
  readonly leftOut: { readonly values: number; readonly replaced: number };
}

const WHAT: readonly (readonly [name: RegExp, what: string])[] = [
  [/^versions\.json$/, 'versions of andon, Node, the kernel and the distribution'],
  [/^process\.txt$/, 'limits and state of the daemon, and of andon bundle itself'],
  [/^status\.json$/, 'andon status --json'],
  [/^configuration\./, 'types, groups and resources, without secrets'],
  [/^doctor\.json$/, 'andon doctor --json'],
  [/^events\.ndjson$/, 'the newest events, one a line'],
  [/^incidents\//, 'evidence of one host that was killed or died'],
  [/^logs\/hosts\//, 'what a host printed last'],
  [/^logs\//, 'what the daemon wrote last'],
];

/** What is inside, and what is not. */
export function readme({ stateDir, isLive, entries, warnings, leftOut }: Facts): string {
  const width = Math.max(...entries.map(({ name }) => name.length));
  const lines = entries.map(({ name, bytes }) => {
    const what = WHAT.find(([pattern]) => pattern.test(name))?.[1] ?? '';
    return `  ${name.padEnd(width)}  ${String(bytes).padStart(9)} bytes  ${what}`.trimEnd();
  });
  return `A bundle of andon, for a report of trouble
State directory: ${stateDir}
${isLive ? 'A daemon answered.' : 'No daemon answered: this is what was on the disk.'}

Inside:
${lines.join('\n')}

Left out, and shown as ${LEFT_OUT}:
  - values of private properties whose schema says writeOnly or format "password", or whose name looks like a secret
    (pass, secret, token, key, credential, auth, cookie, private …)
  - values of environment variables of types and of resources; their names are here
  - what follows an option or a name like --password in a command
  - the tokens of hosts
  - in every other file, each of these values wherever it occurs, if it has at least 4 characters: as it is, within JSON,
    in an address, in base64; and whatever a line of a log calls a password, a token or a secret
Not looked at at all: environments of processes, the host tokens' table, files of the resources.
${plural(leftOut.values, 'value')} left out, ${plural(leftOut.replaced, 'replacement')} elsewhere.

Not found by this: a secret that a host prints under another name, or one that was configured before and is not any more.
Read the logs before you send this to strangers.
${warnings.map((warning) => `\nWarning: ${warning}\n`).join('')}`;
}
