import type { Command } from 'commander';
import { acts, examples, finish, type JsonOption } from '../command.ts';
import { note, writeJson, writeLine } from '../terminal/output.ts';
import type { PlaceFlags } from '../connection/places.ts';
import type { Plan } from '../service/install.ts';

interface Options extends JsonOption {
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly start: boolean;
  readonly links: boolean;
}

export function define(command: Command): void {
  acts(command)
    .option('--dry-run', 'show what would be written and run; touch nothing')
    .option('--force', 'replace a unit of somebody else; run as root what others may change')
    .option('--no-start', 'write and enable it, and leave it to the next start of the machine')
    .option('--no-links', 'do not put andon into PATH and its pages into the manual')
    .action(installService);
  examples(
    command,
    ['sudo andon service install', 'the daemon of the system, from now on and at every start of the machine'],
    ['andon service install --user', 'a daemon of your own, without root'],
    ['andon service install --dry-run', ''],
  );
}

async function installService(options: Options, command: Command): Promise<void> {
  const { install, lingers, objections, planInstall } = await import('../service/install.ts');
  const { servicePlace } = await import('../service/service-place.ts');
  const place = servicePlace(command.optsWithGlobals<PlaceFlags>());
  const wishes = { force: options.force === true, start: options.start, links: options.links };
  const plan = await planInstall(place, wishes);
  const against = await objections(plan, wishes);
  if (options.dryRun) {
    if (options.json) {
      const refusals = against.map(({ code, message, remedy }) => ({ code, message, remedy }));
      return writeJson({
        ok: true,
        dryRun: true,
        unit: place.unitPath,
        state: plan.unit.state,
        text: plan.text,
        commands: linesOf(plan),
        links: plan.links,
        refusals,
      });
    }
    showPlan(plan);
    for (const { message, remedy } of against) note(`It would be refused: ${message}\n${remedy}`);
    return;
  }
  const [refusal] = against;
  if (refusal) throw refusal;
  for (const name of ['ANDON_RUNTIME_DIR', 'ANDON_STATE_DIR', 'ANDON_CONFIG_DIR'].filter((one) => process.env[one])) {
    note(`${name} is set in this shell; the service does not use it`);
  }
  if (plan.unit.changes.length > 0 && !options.json) note(`${place.unitPath} changes:\n${indented(plan.unit.changes.join('\n'))}`);
  const { changed, pid, leftLinks } = await install(plan, wishes);
  const runs = pid === null ? 'andond is enabled, and starts with the machine' : `andond runs as a service, pid ${pid}`;
  finish(
    options,
    { unit: place.unitPath, changed, pid, lingers: lingers(place), leftLinks },
    changed ? `${place.unitPath} is written` : `${place.unitPath} is as it should be`,
    changed && plan.unit.state === 'differs' && pid !== null
      ? 'The running daemon goes on as it was started; the new unit counts from: andon daemon upgrade'
      : '',
    runs,
    lingers(place)
      ? ''
      : `It ends with your last session. To have it from the start of the machine on: sudo loginctl enable-linger ${place.user}`,
    ...leftLinks.map(({ path, why }) => `without ${path}: ${why}`),
    'See: andon service status',
  );
}

function showPlan(plan: Plan): void {
  const { place, unit, text } = plan;
  if (unit.state === 'same') writeLine(`${place.unitPath} is as it should be`);
  else writeLine(`would write ${place.unitPath}:\n${indented(text.trimEnd())}`);
  if (unit.changes.length > 0) writeLine(`would change there:\n${indented(unit.changes.join('\n'))}`);
  for (const line of linesOf(plan)) writeLine(`would run: ${line}`);
  for (const { path, target } of plan.links) writeLine(`would link: ${path} to ${target}`);
}

function linesOf({ place, commands }: Plan): string[] {
  return commands.map((args) => ['systemctl', ...(place.scope === 'user' ? ['--user'] : []), ...args].join(' '));
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
