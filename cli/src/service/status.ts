import type { ServiceStatus } from '@andon/protocol';
import { EXIT } from '@andon/protocol/errors';
import { existsSync } from 'node:fs';
import { ownPrograms } from './programs.ts';
import { type ServicePlace, servicePlace, UNIT } from './service-place.ts';
import { requireSystemd, Systemctl } from './systemctl.ts';
import { isOurs, textOf } from './unit-file.ts';
import { unitText } from './unit.ts';
import type { PlaceFlags } from '../connection/places.ts';

const PROPERTIES = [
  'LoadState',
  'UnitFileState',
  'ActiveState',
  'SubState',
  'Result',
  'MainPID',
  'StatusText',
  'NRestarts',
  'ActiveEnterTimestamp',
] as const;

/** Where a reading command looks: a user without a service of their own means the system's. */
export function placeToRead(flags: PlaceFlags): ServicePlace {
  const own = servicePlace(flags);
  if (flags.user || flags.system || existsSync(own.unitPath)) return own;
  const system = servicePlace({ system: true });
  return existsSync(system.unitPath) ? system : own;
}

export async function serviceStatus(place: ServicePlace): Promise<ServiceStatus> {
  requireSystemd();
  const text = await textOf(place.unitPath);
  const nothing = { scope: place.scope, unit: place.unitPath, installed: false, upToDate: null, enabled: false, node: null } as const;
  const facts = await new Systemctl(place).show(UNIT, PROPERTIES);
  const runs = {
    active: facts.get('ActiveState') ?? 'unknown',
    sub: facts.get('SubState') ?? 'unknown',
    result: facts.get('Result') ?? 'unknown',
    pid: Number(facts.get('MainPID')) || null,
    since: sinceOf(facts.get('ActiveEnterTimestamp') ?? ''),
    statusText: facts.get('StatusText') ?? '',
    restarts: Number(facts.get('NRestarts')) || 0,
  };
  if (text === null) return { ...nothing, ...runs };
  return {
    ...nothing,
    ...runs,
    installed: true,
    upToDate: isOurs(text) ? text === unitText(place, await ownPrograms()) : null,
    enabled: facts.get('UnitFileState') === 'enabled',
    node: nodeOf(text),
  };
}

/** As systemctl does: 3 for what does not run. */
export function exitOf({ active }: ServiceStatus): number {
  return active === 'active' || active === 'reloading' ? EXIT.done : EXIT.unreachable;
}

/** `Sun 2026-11-22 22:06:23 UTC`; empty while it has never run. */
function sinceOf(timestamp: string): string | null {
  const at = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)/.exec(timestamp);
  return at ? new Date(`${at[1]}T${at[2]}Z`).toISOString() : null;
}

function nodeOf(text: string): string | null {
  const start = /^ExecStart=(?:"((?:[^"\\]|\\.)*)"|(\S+))/m.exec(text);
  const escaped = start?.[1] ?? start?.[2];
  return escaped === undefined ? null : escaped.replace(/\\(.)/g, '$1').replaceAll('%%', '%');
}
