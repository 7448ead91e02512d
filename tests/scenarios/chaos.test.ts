import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hasPrograms } from '../support/toolchain.ts';

const CHAOS = join(import.meta.dirname, '../chaos/chaos.ts');
const FAULTS = 5;
const SEED = 20_261_123;
/** What takes seconds by its own limits, or needs a machine of one's own, is left to `npm run chaos`. */
const KINDS = ['daemon-killed', 'host-killed', 'daemon-paused', 'pipe-flooded', 'administrator'];
const HOSTS = hasPrograms('python3') ? ['ts', 'python'] : ['ts'];
const LIMIT_MS = 150_000;

/** Ends with the driver's exit code; what it printed is the reason where it is not 0. */
function chaos(...args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const driver = spawn(process.execPath, ['--conditions=andon-src', CHAOS, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    onTestFinished(() => void driver.kill('SIGTERM'));
    let output = '';
    for (const stream of [driver.stdout, driver.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    driver.once('close', (code) => resolve({ code, output }));
  });
}

test(
  `S56: chaos with hosts in ${HOSTS.join(' and ')}: whatever is killed, what was written is answered, nothing acts twice, all comes back`,
  async () => {
    const { code, output } = await chaos(
      '--faults',
      String(FAULTS),
      '--seed',
      String(SEED),
      '--only',
      KINDS.join(','),
      '--hosts',
      HOSTS.join(','),
    );
    process.stdout.write(output);
    expect(output).toContain('no violation');
    expect(code).toBe(0);
  },
  LIMIT_MS,
);
