// npm run chaos -- [--minutes M | --faults N] [--seed S] [--only KIND,…] [--hosts LANGUAGE,…]: docs/chaos.md
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChaosDaemon } from './daemon.ts';
import { FAULTS } from './faults/index.ts';
import { availableHosts } from './fleet.ts';
import { Ledger } from './ledger.ts';
import { commandOf, readOptions } from './options.ts';
import { signal } from './processes.ts';
import { processesOf } from './rules/processes.ts';
import { ChaosRun, type Outcome } from './run.ts';

const options = readOptions(process.argv.slice(2));
const unknown = [
  ...options.only.filter((kind) => !FAULTS.some((fault) => fault.kind === kind)),
  ...options.hosts.filter((host) => !availableHosts().includes(host)),
];
if (unknown.length > 0)
  throw new Error(
    `${unknown.join(', ')}: faults are ${FAULTS.map(({ kind }) => kind).join(', ')}; hosts here are ${availableHosts().join(', ')}`,
  );

/** Mounts of the run's own, which end with it. */
const IN_MOUNTS = 'ANDON_CHAOS_IN_MOUNTS';
/** Of the state directory: room for the events of a long run, and soon filled. */
const STATE_SIZE = '192m';
if (process.env[IN_MOUNTS] === undefined && spawnSync('unshare', ['-m', 'true']).status === 0) {
  const { status } = spawnSync('unshare', ['-m', process.execPath, ...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, [IN_MOUNTS]: '1' },
  });
  process.exit(status ?? 1);
}

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => stopping.abort());
const folder = mkdtempSync(join(tmpdir(), 'andon-chaos-'));
const daemon = new ChaosDaemon(folder);
const isMounted = process.env[IN_MOUNTS] !== undefined;
if (isMounted) spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${STATE_SIZE},mode=0700`, 'tmpfs', join(folder, 'state')]);
const ledger = new Ledger(folder);
const wanted = FAULTS.filter(({ kind }) => options.only.length === 0 || options.only.includes(kind));
const lacking = wanted.filter(({ lacks }) => lacks(folder) !== null);
const hosts = options.hosts.length > 0 ? options.hosts : availableHosts();
let isClean = false;

print(`chaos: ${commandOf({ ...options, hosts })}`);
for (const { kind, lacks } of lacking) print(`left out: ${kind}, ${lacks(folder)}`);
try {
  const faults = wanted.filter((fault) => !lacking.includes(fault));
  const outcome = await new ChaosRun(options, daemon, ledger, faults).run(hosts, stopping.signal);
  report(outcome);
  isClean = outcome.violations.length === 0;
} finally {
  ledger.close();
  for (const { pid } of processesOf(daemon.env)) if (pid !== process.pid) signal(pid, 'SIGKILL');
  if (isMounted) unmount();
  if (isClean) rmSync(folder, { recursive: true, force: true });
  else print(`kept for a closer look: ${folder}`);
}
process.exitCode = isClean ? 0 : 1;

/** The store outlives the mounts of the run, for a closer look. */
function unmount(): void {
  const state = join(folder, 'state');
  const kept = `${state}.kept`;
  if (!isClean) cpSync(state, kept, { recursive: true });
  spawnSync('umount', ['--lazy', state]);
  if (!isClean) renameSync(kept, `${state}/kept`);
}

function report({ tally, seconds, violations, figures, journal }: Outcome): void {
  for (const line of tally.lines()) print(line);
  print(`${tally.faults} faults in ${seconds.toFixed(0)} s`);
  for (const [name, figure] of Object.entries(figures)) print(`  ${name}: ${figure}`);
  for (const { rule, subject, detail } of violations)
    print(`\nVIOLATION ${subject}: ${rule}\n${detail}\nevents:\n${journal.linesOf(subject.split('@')[0] ?? '')}`);
  print(violations.length === 0 ? 'no violation' : `${violations.length} violations; again: ${commandOf(options)}`);
}
