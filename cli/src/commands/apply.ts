import type { PlanStep } from '@andon/protocol';
import type { Command } from 'commander';
import { acts, examples, finish, type JsonOption } from '../command.ts';
import { withDaemon } from '../connect.ts';
import { note, printable, type Style, table, writeLine } from '../output.ts';
import { readManifest } from '../manifest/read.ts';
import { typeDefinition } from '../type-definition.ts';

interface Options extends JsonOption {
  readonly file: string;
  readonly dryRun?: boolean;
}

const STYLE_OF: Readonly<Record<PlanStep['action'], Style>> = {
  create: 'green',
  change: 'yellow',
  keep: 'dim',
};
/** Ten thousand resources take a while to store. */
const APPLY_LIMIT_MS = 300_000;

export function define(command: Command): void {
  acts(command)
    .requiredOption('-f, --file <file>', 'a manifest in TOML; - is standard input')
    .option('--dry-run', 'only show what it would do')
    .action(applyManifest);
  examples(
    command,
    ['andon apply -f andon.toml --dry-run', ''],
    ['andon apply -f andon.toml', 'what the file does not name is left alone'],
    ['andon export | ssh other andon apply -f -', ''],
  );
}

async function applyManifest(options: Options, command: Command): Promise<void> {
  const { types, groups, resources, folder } = await readManifest(options.file);
  const prepared = await Promise.all(types.map((type) => typeDefinition(type, folder)));
  const configuration = {
    types: prepared.map(({ type }) => type),
    groups: [...groups],
    resources: [...resources],
  };
  const local = prepared.flatMap(({ warnings }) => warnings);
  const dryRun = options.dryRun === true;
  const { steps, warnings } = await withDaemon(command, async (client) => {
    const plan = await client.request('apply', { configuration, dryRun: true }, APPLY_LIMIT_MS);
    if (!options.json) showPlan(plan.steps);
    return dryRun ? plan : client.request('apply', { configuration, dryRun: false }, APPLY_LIMIT_MS);
  });
  const all = [...new Set([...local, ...warnings])];
  for (const warning of all) note(`warning: ${warning}`);
  finish(options, { dryRun, steps, warnings: all }, dryRun ? 'nothing was changed (--dry-run)' : `applied: ${summary(steps)}`);
}

function showPlan(steps: readonly PlanStep[]): void {
  const rows = steps.map(({ action, what, name, changes, effect }) => [
    { text: action, style: STYLE_OF[action] },
    what,
    name,
    printable([changes.join(', '), effect].filter((part) => part !== '').join('; ')),
  ]);
  if (rows.length > 0) writeLine(table(['ACTION', 'WHAT', 'NAME', 'HOW'], rows));
}

function summary(steps: readonly PlanStep[]): string {
  const count = (action: PlanStep['action']): number => steps.filter((step) => step.action === action).length;
  return `${count('create')} created, ${count('change')} changed, ${count('keep')} kept`;
}
