import type { HostStatus, ResourceStatus } from '@andon/protocol';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ChaosDaemon } from './daemon.ts';
import type { Member } from './fleet.ts';
import type { Ledger } from './ledger.ts';
import { isRunning, processes, signal } from './processes.ts';

/** What a fault may use. */
export interface World {
  readonly daemon: ChaosDaemon;
  readonly ledger: Ledger;
  readonly fleet: readonly Member[];
  readonly random: () => number;
  /** Hosts as they were when the round began. */
  readonly hosts: readonly HostStatus[];
  readonly resources: readonly ResourceStatus[];
}

/** One kind of fault; its file says what it does to whom. */
export interface Fault {
  readonly kind: string;
  /** How often it is chosen, compared with the others. */
  readonly share: number;
  /** Why it cannot be injected on this machine; null = it can. */
  readonly lacks: (folder: string) => string | null;
  /** Resolves when the fault itself is over; what it leaves behind is the daemon's to mend. */
  readonly inject: (world: World) => Promise<void>;
}

export function pick<Element>(elements: readonly Element[], random: () => number): Element | undefined {
  return elements[Math.floor(random() * elements.length)];
}

/** A host process that is up, of any type or of one kept in the ledger. */
export function pickHost({ hosts, random }: World, fits: (host: HostStatus) => boolean = () => true): HostStatus | undefined {
  return pick(
    hosts.filter((host) => host.pid !== null && isRunning(host.pid) && fits(host)),
    random,
  );
}

/** Tells this host to fail some of its resources through its library. The host enters in the ledger which. */
export function orderFailures({ daemon, ledger }: World, pid: number, names: readonly string[]): void {
  // One that has not entered itself yet would die of the signal.
  if (!ledger.entries.some((entry) => entry.what === 'ready' && entry.pid === pid)) return;
  writeFileSync(join(daemon.folder, 'orders', String(pid)), names.join('\n'));
  signal(pid, 'SIGUSR2');
}

/** The programs of the fleet that run, by the resource they belong to. */
export function programs(fleet: readonly Member[]): Map<string, number[]> {
  const owners = new Map(fleet.flatMap(({ name, sleep }) => (sleep === null ? [] : [[sleep, name] as const])));
  const found = new Map<string, number[]>();
  for (const { pid, argv } of processes()) {
    const owner = basename(argv[0] ?? '') === 'sleep' ? owners.get(argv[1] ?? '') : undefined;
    if (owner !== undefined) found.set(owner, [...(found.get(owner) ?? []), pid]);
  }
  return found;
}
