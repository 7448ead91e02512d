import type { ControlParams, ControlResult, PlanStep } from '@andon/protocol';
import type { Command } from 'commander';
import type { ControlClient } from '../connection/client.ts';
import { acts, examples, finish, type JsonOption } from '../command.ts';
import { withDaemon } from '../connection/connect.ts';
import { note } from '../terminal/output.ts';

interface Options extends JsonOption {
  readonly file: string;
  readonly dryRun?: boolean;
  readonly prune?: boolean;
  readonly force?: boolean;
}

/** Ten thousand resources take a while to store, and with --force the daemon takes resources offline before it answers. */
const APPLY_LIMIT_MS = 600_000;

export function define(command: Command): void {
  acts(command)
    .requiredOption('-f, --file <path>', 'a manifest in TOML, or a folder of them; - is standard input')
    .option('--dry-run', 'only show what it would do')
    .option('--prune', 'also remove what it does not name')
    .option('--force', 'with --prune: even what is not offline; it is taken offline first')
    .action(applyManifests);
  examples(
    command,
    ['andon apply -f shop.toml --dry-run', ''],
    ['andon apply -f shop.toml', 'what the file does not name is left alone'],
    ['andon apply -f conf/ --prune', 'types.d, resources.d and *.toml of the folder are all there is'],
    ['andon export | ssh other andon apply -f -', ''],
  );
}

async function applyManifests(options: Options, command: Command): Promise<void> {
  const { openManifests } = await import('../manifest/manifest-input.ts');
  const { manifests, notes, prepared, warnings: local } = await openManifests(options.file);
  for (const line of notes) note(line);
  const { types, groups, resources, online } = prepared;
  const { prune = false, force = false, dryRun = false } = options;
  const request = {
    configuration: { types: [...types], groups: [...groups], resources: [...resources], online: [...online] },
    prune,
    force,
  };
  const { steps, warnings } = await withDaemon(command, async (client) => {
    const plan = await ask(client, { ...request, dryRun: true }, manifests);
    const { showPlan } = await import('../manifest/plan-text.ts');
    if (!options.json) showPlan(plan.steps);
    return dryRun || isNothing(plan.steps) ? plan : ask(client, { ...request, dryRun: false }, manifests);
  });
  const all = [...new Set([...local, ...warnings])];
  for (const warning of all) note(`warning: ${warning}`);
  const { outcome } = await import('../manifest/plan-text.ts');
  finish(options, { dryRun, steps, warnings: all }, outcome('applied', steps, dryRun));
}

function isNothing(steps: readonly PlanStep[]): boolean {
  return steps.every(({ action }) => action === 'keep');
}

/** What the daemon refuses is told with its place, which this side knows. */
async function ask(
  client: ControlClient,
  request: ControlParams<'apply'>,
  manifests: { placed(error: unknown): unknown },
): Promise<ControlResult<'apply'>> {
  try {
    return await client.request('apply', request, APPLY_LIMIT_MS);
  } catch (error) {
    throw manifests.placed(error);
  }
}
