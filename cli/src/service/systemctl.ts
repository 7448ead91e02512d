import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { AndonError } from '@andon/protocol/errors';
import { errnoOf, reasonOf } from '../failure.ts';
import { runtimeHome, type ServicePlace } from './service-place.ts';

/** systemd bounds a stop itself, by what the daemon says of its `stop-limit-ms`; this only keeps a wedged systemd from holding us for ever. */
const RUN_LIMIT_MS = 3_600_000;
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Refuses where there is no systemd to ask.
 *
 * @throws AndonError `notSupported` | `noServiceManager`
 */
export function requireSystemd(): void {
  if (process.platform !== 'linux') {
    const platform = process.platform === 'darwin' ? 'macOS (launchd)' : process.platform === 'win32' ? 'Windows' : process.platform;
    throw new AndonError('notSupported', {
      what: 'Installation as a service',
      platform,
      hint: 'Run the daemon by hand: andon up --detach',
    });
  }
  // sd_booted(3): what every program of systemd looks for.
  if (!existsSync('/run/systemd/system')) throw new AndonError('noServiceManager', { reason: '/run/systemd/system does not exist' });
}

/** The systemd of one place. Only one command runs at a time. */
export class Systemctl {
  readonly #scope: ServicePlace['scope'];

  constructor({ scope }: ServicePlace) {
    this.#scope = scope;
  }

  /** As a person would type it. */
  line(args: readonly string[]): string {
    return ['systemctl', ...this.#flags(), ...args].join(' ');
  }

  /** Never fails for what systemctl answers; only for a systemctl that cannot be run. */
  run(...args: readonly string[]): Promise<Ran> {
    return execute('systemctl', [...this.#flags(), ...args]);
  }

  /** @throws AndonError `systemdRefused` when it answers that it did not do it */
  async act(...args: readonly string[]): Promise<void> {
    const { code, stderr, stdout } = await this.run('--quiet', ...args);
    if (code === 0) return;
    const said = (stderr.trim() || stdout.trim() || `exit code ${code}`).replaceAll('\n', '; ');
    throw new AndonError('systemdRefused', { command: this.line(args), reason: said.replace(/\.$/, '') });
  }

  /** Properties of a unit, by name; one that systemd does not know is absent. */
  async show(unit: string, properties: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const args = [...this.#flags(), 'show', unit, `--property=${properties.join(',')}`];
    // Times without the reader's time zone.
    const { code, stdout, stderr } = await execute('systemctl', args, { TZ: 'UTC' });
    if (code !== 0) throw new AndonError('systemdRefused', { command: this.line(['show', unit]), reason: stderr.trim() });
    return new Map(
      stdout.split('\n').flatMap((line) => {
        const at = line.indexOf('=');
        return at === -1 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
      }),
    );
  }

  #flags(): readonly string[] {
    return this.#scope === 'user' ? ['--user'] : [];
  }
}

export function execute(program: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const env = { ...process.env, ...more, XDG_RUNTIME_DIR: runtimeHome(), SYSTEMD_PAGER: '', SYSTEMD_COLORS: '0', LC_ALL: 'C.UTF-8' };
  return new Promise((resolve, reject) => {
    execFile(program, args, { env, timeout: RUN_LIMIT_MS, maxBuffer: MAX_OUTPUT_BYTES }, (error, stdout, stderr) => {
      if (error && errnoOf(error) !== '') return reject(new AndonError('noServiceManager', { reason: `${program}: ${reasonOf(error)}` }));
      if (error?.killed) {
        const reason = `it gave no answer within ${RUN_LIMIT_MS / 1000} s`;
        return reject(new AndonError('systemdRefused', { command: [program, ...args].join(' '), reason }));
      }
      return resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}
