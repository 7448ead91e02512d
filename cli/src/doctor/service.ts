import { existsSync } from 'node:fs';
import { runProgram } from '../run-program.ts';
import { type Check, fail, ok, type Patient, warn } from './check.ts';

const UNIT = 'andond.service';
const ASKED = 'LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload,Result,MainPID,FragmentPath,ExecStart';

/** What the service manager says of the daemon's unit. */
export async function serviceCheck({ status, place, flags }: Patient): Promise<readonly Check[]> {
  const name = 'service';
  const daemonScope = status?.daemon.scope ?? place.scope;
  const isUsers = daemonScope === 'user' || flags.user === true || (daemonScope === 'custom' && process.getuid?.() !== 0);
  const scope = isUsers ? ['--user'] : [];
  const typed = ['systemctl', ...scope].join(' ');
  const shown = await runProgram('systemctl', ...scope, 'show', UNIT, `--property=${ASKED}`);
  if (shown.problem !== null) return [ok(name, `no service manager to ask: ${shown.problem}`)];
  const unit = new Map(shown.stdout.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  // A daemon with places of its own is none of the unit's business.
  return [judge(name, typed, (key) => unit.get(key) ?? '', isUsers, daemonScope === 'custom' ? null : (status?.daemon.pid ?? null))];
}

function judge(name: string, typed: string, get: (key: string) => string, isUsers: boolean, pid: number | null): Check {
  const install = `andon service install${isUsers ? ' --user' : ''}`;
  const state = `${UNIT} is ${get('ActiveState')} (${get('SubState')}), ${get('UnitFileState') || 'not enabled'}`;
  switch (get('LoadState')) {
    case 'not-found':
      return ok(name, `not installed; to have the daemon started with the ${isUsers ? 'user' : 'machine'}: ${install}`);
    case 'masked':
      return warn(name, `${UNIT} is masked: it cannot be started`, `${typed} unmask ${UNIT}`);
    case 'loaded':
      break;
    default:
      return fail(name, `${UNIT} cannot be loaded (${get('LoadState')})`, `${typed} status ${UNIT}`);
  }
  const missing = missingProgram(get('ExecStart'));
  if (missing !== null) return fail(name, `${get('FragmentPath')} starts ${missing}, which does not exist`, install);
  if (get('ActiveState') === 'failed')
    return fail(
      name,
      `${state}: ${get('Result')}`,
      `journalctl ${isUsers ? '--user ' : ''}-u ${UNIT} -n 50; then: ${typed} restart ${UNIT}`,
    );
  if (get('NeedDaemonReload') === 'yes')
    return warn(name, `${get('FragmentPath')} has changed since it was loaded`, `${typed} daemon-reload`);
  const main = Number(get('MainPID'));
  if (pid !== null && main !== 0 && main !== pid)
    return warn(name, `${state}, pid ${main}, and another daemon answers: pid ${pid}`, `andon down; then: ${typed} start ${UNIT}`);
  if (pid !== null && main === 0)
    return warn(
      name,
      `${state}, and a daemon that is not its own answers: pid ${pid}`,
      `andon down --leave-resources; then: ${typed} start ${UNIT}`,
    );
  if (get('ActiveState') !== 'active') return warn(name, state, `${typed} start ${UNIT}`);
  if (get('UnitFileState') !== 'enabled') return warn(name, `${state}: it does not start by itself`, `${typed} enable ${UNIT}`);
  return ok(name, state);
}

/** The program, or an absolute path among its arguments, that is gone: an update of Node, a checkout that was moved. */
function missingProgram(execStart: string): string | null {
  const words = /argv\[\]=(.*?) ;/.exec(execStart)?.[1]?.split(' ') ?? [];
  return words.find((word) => word.startsWith('/') && !existsSync(word)) ?? null;
}
