import { existsSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { release } from 'node:os';
import type { StatusDocument } from '@andon/protocol';
import type { ControlClient } from './client.ts';
import { connectDaemon } from './connect.ts';
import { bytesFree, directoryCheck, fileLimitCheck, socketCheck } from './doctor-files.ts';
import { asFailure } from './failure.ts';
import { isHostTroubled } from './troubles.ts';
import { printable } from './output.ts';
import { type Place, type PlaceFlags, places } from './places.ts';
import { versionOfAndon } from './program.ts';

export interface Check {
  readonly name: string;
  readonly result: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What to do; empty when all is well. */
  readonly remedy: string;
}

const PACKAGED = /[\\/]node_modules[\\/]node-(bin-)?(linux|darwin|win)-/;

export async function runChecks(flags: PlaceFlags): Promise<readonly Check[]> {
  const { status, check: daemonCheck, place } = await askDaemon(flags);
  const runtimeDir = status?.daemon.runtimeDir ?? place.runtimeDir;
  const stateDir = status?.daemon.stateDir ?? place.stateDir;
  return [
    nodeCheck(),
    daemonCheck,
    ...(status ? daemonChecks(status, await versionOfAndon()) : []),
    await directoryCheck('runtime directory', runtimeDir, status !== null),
    await directoryCheck('state directory', stateDir, status !== null),
    await socketCheck(runtimeDir, status !== null),
    await fileLimitCheck(status?.daemon.pid ?? null),
    ...systemChecks(),
    await bytesFree(stateDir),
  ];
}

interface Asked {
  readonly status: StatusDocument | null;
  readonly check: Check;
  readonly place: Place;
}

async function askDaemon(flags: PlaceFlags): Promise<Asked> {
  const [first] = places(flags);
  if (!first) throw new Error('there is always a place');
  let client: ControlClient | undefined;
  try {
    const daemon = await connectDaemon(flags);
    client = daemon.client;
    const status = await client.request('status', {});
    const { pid, scope, version } = status.daemon;
    const check: Check = {
      name: 'daemon',
      result: 'ok',
      detail: `andond ${version} (${scope}) answers, pid ${pid}`,
      remedy: '',
    };
    return { status, check, place: daemon.place };
  } catch (error) {
    const { message, remedy } = asFailure(error);
    return { status: null, check: { name: 'daemon', result: 'fail', detail: message, remedy }, place: first };
  } finally {
    client?.close();
  }
}

function nodeCheck(): Check {
  const packaged = PACKAGED.test(process.execPath) ? 'comes with andon' : 'not the one that comes with andon';
  return {
    name: 'node',
    result: 'ok',
    detail: `${process.version} (${process.execPath}; ${packaged})`,
    remedy: '',
  };
}

function daemonChecks({ daemon, hosts }: StatusDocument, ownVersion: string): readonly Check[] {
  const same = daemon.version === ownVersion;
  const troubled = hosts.filter(isHostTroubled);
  const words = troubled.map(({ id, state, trouble }) => `${id} (${state}${trouble === null ? '' : `: ${printable(trouble)}`})`);
  return [
    {
      name: 'versions',
      result: same ? 'ok' : 'warn',
      detail: `this andon is ${ownVersion}, the daemon ${daemon.version}`,
      remedy: same ? '' : 'Start the daemon again with this version: andon down --leave-resources, then andon up --detach',
    },
    {
      name: 'daemon trouble',
      result: daemon.trouble === null ? 'ok' : 'fail',
      detail: daemon.trouble === null ? 'none' : printable(daemon.trouble),
      remedy: 'See: andon events --since 1h',
    },
    {
      name: 'hosts',
      result: troubled.length === 0 ? 'ok' : 'warn',
      detail: troubled.length === 0 ? `${hosts.length}, none in trouble` : `in trouble: ${words.join(', ')}`,
      remedy: troubled.length === 0 ? '' : `See: andon logs ${troubled[0]?.id ?? ''}`,
    },
  ];
}

function systemChecks(): readonly Check[] {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  const pidfd = process.platform === 'linux' && (major > 5 || (major === 5 && minor >= 3));
  const cgroup = existsSync('/sys/fs/cgroup/cgroup.controllers');
  return [
    ffiCheck(),
    {
      name: 'pidfd',
      result: pidfd ? 'ok' : 'warn',
      detail: `kernel ${release()} ${pidfd ? 'has' : 'does not have'} it`,
      remedy: 'Without it the exit of an adopted process is noticed by looking, not told. Linux 5.3 has it.',
    },
    {
      name: 'cgroup v2',
      result: cgroup ? 'ok' : 'warn',
      detail: cgroup ? 'mounted at /sys/fs/cgroup' : 'not mounted at /sys/fs/cgroup',
      remedy: 'Without it leftovers of a host are found by process group and parent only.',
    },
  ];
}

/** Looked up and not imported: the import warns that it is experimental, which says nothing to who asks the doctor. */
function ffiCheck(): Check {
  if (isBuiltin('node:ffi')) return { name: 'node:ffi', result: 'ok', detail: 'available', remedy: '' };
  const remedy = 'Use the Node that comes with andon (npm ci without --omit=optional); without it helper programs are used.';
  return { name: 'node:ffi', result: 'warn', detail: `${process.version} does not have it`, remedy };
}
