import type { HostStatus, StatusDocument } from '@andon/protocol';
import { printable } from '../terminal/output.ts';
import { versionOfAndon } from '../version.ts';
import { type Check, fail, ok, type Patient, some, warn } from './check.ts';

const TROUBLED: ReadonlySet<string> = new Set(['quarantined', 'backingOff', 'disconnected']);

/** What the daemon says of itself, its hosts and its resources. */
export async function daemonChecks({ status }: Patient): Promise<readonly Check[]> {
  if (!status) return [];
  return [
    versionCheck(status.daemon.version, await versionOfAndon()),
    status.daemon.trouble === null
      ? ok('daemon trouble', 'none')
      : fail('daemon trouble', printable(status.daemon.trouble), 'andon events --since 1h'),
    status.daemon.configurationTrouble === null
      ? ok('configuration in force', 'what the files say')
      : fail('configuration in force', printable(status.daemon.configurationTrouble), 'Mend it, then: andon reload'),
    hostCheck(status.hosts),
    resourceCheck(status),
  ];
}

function versionCheck(daemon: string, own: string): Check {
  const detail = `this andon is ${own}, the daemon ${daemon}`;
  return daemon === own ? ok('versions', detail) : warn('versions', detail, 'andon daemon upgrade');
}

function hostCheck(hosts: readonly HostStatus[]): Check {
  const troubled = hosts.filter(({ state, trouble }) => trouble !== null || TROUBLED.has(state));
  const [first] = troubled;
  if (!first) return ok('hosts', `${hosts.length}, none in trouble`);
  const words = troubled.map(({ id, state, trouble }) => `${id} (${state}${trouble === null ? '' : `: ${printable(trouble)}`})`);
  const quarantined = troubled.find(({ state }) => state === 'quarantined');
  const then = quarantined === undefined ? '' : `; when it is mended: andon host unquarantine ${quarantined.id}`;
  return warn('hosts', `in trouble: ${some(words)}`, `See: andon logs ${(quarantined ?? first).id}${then}`);
}

function resourceCheck({ resources }: StatusDocument): Check {
  const failed = resources.filter(({ state }) => state === 'Failed');
  const [first] = failed;
  if (!first) return ok('resources', `${resources.length}, none Failed`);
  const words = failed.map(({ name, lastFailure }) => (lastFailure ? `${name} (${printable(lastFailure.reason)})` : name));
  return warn('resources', `Failed: ${some(words)}`, `andon events --resource ${first.name} --since 1d`);
}
