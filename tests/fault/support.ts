import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AndonEvent } from '@andon/protocol';
import { expect } from 'vitest';
import type { TestDaemon } from '../support/daemon.ts';

const VICES = fileURLToPath(new URL('../fixtures/hosts/vices/', import.meta.url));

/** What `andon … --json` says of a refusal. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/** Runs a command that must be refused, and holds the definitions before against those after it. What is wanted may change: `online` says so first. */
export async function refused(daemon: TestDaemon, exit: number, ...args: string[]): Promise<Refusal> {
  const before = await definitions(daemon);
  const done = await daemon.andon(...withJson(args));
  expect(done.code, done.stdout + done.stderr).toBe(exit);
  const { ok, error }: { ok: boolean; error: Refusal } = JSON.parse(done.stdout);
  expect(ok).toBe(false);
  // People read the same on standard error.
  expect(done.stderr).toContain(`andon: ${error.message}\n${error.remedy}`.trim());
  expect(await definitions(daemon)).toEqual(before);
  return error;
}

async function definitions(daemon: TestDaemon) {
  const { online: _online, ...defined } = await daemon.client.request('export', {});
  return defined;
}

/** What follows `--` belongs to a host's command. */
function withJson(args: string[]): string[] {
  const at = args.indexOf('--');
  return args.toSpliced(at === -1 ? args.length : at, 0, '--json');
}

/** A type whose host has one vice, and a resource of it with a single host. */
export async function addVice(daemon: TestDaemon, vice: string, properties: Record<string, unknown> = {}): Promise<void> {
  await addHost(daemon, vice, [process.execPath, join(VICES, `${vice}.ts`)], properties);
}

/** Answers what was warned of at registration. */
export async function addHost(
  daemon: TestDaemon,
  name: string,
  command: string[],
  properties: Record<string, unknown> = {},
): Promise<readonly string[]> {
  const { warnings } = await daemon.client.request('typeRegister', {
    type: { name, command, properties },
  });
  await daemon.client.request('resourceAdd', {
    resource: { name, type: name, properties: { RestartDelay: 10 } },
  });
  return warnings;
}

/** A bystander that must not notice anything. Answers how to see that it has not. */
export async function addBystander(daemon: TestDaemon): Promise<() => Promise<void>> {
  await daemon.scripted('bystanders');
  await daemon.add('bystander', 'bystanders');
  await daemon.online('bystander');
  const { host } = await daemon.status('bystander');
  const pidBefore = await pidOf(daemon, host);
  return async () => {
    expect(await daemon.status('bystander')).toMatchObject({
      state: 'Online',
      incarnation: 1,
      lastFailure: null,
    });
    expect(await pidOf(daemon, host)).toBe(pidBefore);
    expect(await daemon.client.request('ping', {})).toMatchObject({ pid: daemon.pid });
  };
}

export async function pidOf(daemon: TestDaemon, hostId: string): Promise<number | null> {
  const { hosts } = await daemon.client.request('hostList', {});
  return hosts.find(({ id }) => id === hostId)?.pid ?? null;
}

/** The next event of this kind that concerns this host. */
export function ofHost(daemon: TestDaemon, kind: string, host: string): Promise<AndonEvent> {
  return daemon.client.event((event) => event.kind === kind && event.host === host);
}

export function manifest(daemon: TestDaemon, text: string): string {
  const path = join(daemon.folder, 'andon.toml');
  writeFileSync(path, text);
  return path;
}
