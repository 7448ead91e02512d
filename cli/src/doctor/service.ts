import { existsSync } from 'node:fs';
import { runProgram } from '../daemon/run-program.ts';
import { ownPrograms } from '../service/programs.ts';
import { servicePlace, UNIT } from '../service/service-place.ts';
import { isOurs, textOf } from '../service/unit-file.ts';
import { unitText } from '../service/unit.ts';
import { type Check, fail, ok, type Patient, warn } from './check.ts';

const ASKED = 'LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload,Result,MainPID,FragmentPath,ExecStart';
const NAME = 'service';

interface Unit {
  readonly get: (property: string) => string;
  readonly isUsers: boolean;
  /** `systemctl`, or `systemctl --user`. */
  readonly typed: string;
  readonly install: string;
  /** Of the daemon that answers, if that should be the unit's. */
  readonly pid: number | null;
}

/** What the service manager says of the daemon's unit. */
export async function serviceCheck({ status, place, flags }: Patient): Promise<readonly Check[]> {
  const scope = status?.daemon.scope ?? place.scope;
  const isUsers = scope === 'user' || flags.user === true || (scope === 'custom' && process.getuid?.() !== 0);
  const words = isUsers ? ['--user'] : [];
  const shown = await runProgram('systemctl', ...words, 'show', UNIT, `--property=${ASKED}`);
  if (shown.problem !== null) return [ok(NAME, `no service manager to ask: ${shown.problem}`)];
  const properties = new Map(shown.stdout.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  const unit: Unit = {
    get: (property) => properties.get(property) ?? '',
    isUsers,
    typed: ['systemctl', ...words].join(' '),
    install: ['andon service install', ...words].join(' '),
    // A daemon with places of its own is none of the unit's business.
    pid: scope === 'custom' ? null : (status?.daemon.pid ?? null),
  };
  return [notLoaded(unit) ?? fileTrouble(unit) ?? (await outdated(unit)) ?? runTrouble(unit) ?? ok(NAME, stateOf(unit))];
}

function notLoaded({ get, typed, install, isUsers }: Unit): Check | null {
  switch (get('LoadState')) {
    case 'loaded':
      return null;
    case 'not-found':
      return ok(NAME, `not installed; to have the daemon started with the ${isUsers ? 'user' : 'machine'}: ${install}`);
    case 'masked':
      return warn(NAME, `${UNIT} is masked: it cannot be started`, `${typed} unmask ${UNIT}`);
    default:
      return fail(NAME, `${UNIT} cannot be loaded (${get('LoadState')})`, `${typed} status ${UNIT}`);
  }
}

function fileTrouble({ get, typed, install }: Unit): Check | null {
  const missing = missingProgram(get('ExecStart'));
  if (missing !== null) return fail(NAME, `${get('FragmentPath')} starts ${missing}, which does not exist`, install);
  if (get('NeedDaemonReload') !== 'yes') return null;
  return warn(NAME, `${get('FragmentPath')} has changed since it was loaded`, `${typed} daemon-reload`);
}

/** An update of andon may want another unit. One that somebody else wrote is theirs. */
async function outdated({ get, isUsers, install }: Unit): Promise<Check | null> {
  const text = await textOf(get('FragmentPath')).catch(() => null);
  if (text === null || !isOurs(text)) return null;
  if (text === unitText(servicePlace(isUsers ? { user: true } : { system: true }), await ownPrograms())) return null;
  return warn(NAME, `${get('FragmentPath')} is not what this version of andon would write`, install);
}

function runTrouble(unit: Unit): Check | null {
  const { get, typed, pid, isUsers } = unit;
  const state = stateOf(unit);
  const main = Number(get('MainPID'));
  if (get('ActiveState') === 'failed') {
    const journal = `journalctl ${isUsers ? '--user ' : ''}-u ${UNIT} -n 50`;
    return fail(NAME, `${state}: ${get('Result')}`, `${journal}; then: ${typed} restart ${UNIT}`);
  }
  if (pid !== null && main !== pid) {
    const other =
      main === 0
        ? `${state}, and a daemon that is not its own answers: pid ${pid}`
        : `${state}, pid ${main}, and another answers: pid ${pid}`;
    return warn(NAME, other, `andon down --leave-resources; then: ${typed} restart ${UNIT}`);
  }
  if (get('ActiveState') !== 'active') return warn(NAME, state, `${typed} start ${UNIT}`);
  return get('UnitFileState') === 'enabled' ? null : warn(NAME, `${state}: it does not start by itself`, `${typed} enable ${UNIT}`);
}

function stateOf({ get }: Unit): string {
  return `${UNIT} is ${get('ActiveState')} (${get('SubState')}), ${get('UnitFileState') || 'not enabled'}`;
}

/** The program, or an absolute path among its arguments, that is gone: an update of Node, a checkout that was moved. */
function missingProgram(execStart: string): string | null {
  const words = /argv\[\]=(.*?) ;/.exec(execStart)?.[1]?.split(' ') ?? [];
  return words.find((word) => word.startsWith('/') && !existsSync(word)) ?? null;
}
