import { AndonError, type ControlResult } from '@andon/protocol';
import type { ConfigurationContents } from '../../ports/index.ts';
import type { ManagedResource } from '../monitor/managed-resource.ts';
import { commit, letGo } from './apply.ts';
import { type Context, refuseWhileStopping } from './context.ts';
import { isAtRest } from './leaving.ts';
import { type Plan, planFor } from './plan.ts';
import type { Target } from './target.ts';

interface Request {
  readonly dryRun: boolean;
  readonly force: boolean;
}

/** Makes the configuration hold what the files of the configuration directory say; what came from them and is not there any more goes. */
export async function reload(context: Context, { dryRun, force }: Request): Promise<ControlResult<'reload'>> {
  refuseWhileStopping(context, 'reload');
  if (dryRun) {
    const contents = await context.files.read();
    return answer(context, contents, planWith(context, contents, force, isAtRest));
  }
  return context.configuring.inTurn(() =>
    context.whileReloading(async () => {
      try {
        const contents = await context.files.read();
        const plan = planWith(context, contents, force, isAtRest);
        const answered = answer(context, contents, plan);
        take(context, contents, plan);
        await letGo(context, plan.gone);
        return answered;
      } catch (error) {
        refused(context, error);
        throw error;
      }
    }),
  );
}

/**
 * The same at the start of the daemon, before anything is brought online. Files with a mistake are no reason to leave resources alone: the
 * daemon goes on with what its store holds, and says so wherever one looks.
 */
export function takeAtStart(context: Context, contents: ConfigurationContents | AndonError): void {
  try {
    if (contents instanceof AndonError) throw contents;
    // Of what no host has said it holds, nothing has to be taken offline.
    const plan = planWith(context, contents, false, (resource) => isAtRest(resource) || resource.instance.phase === 'awaitingHost');
    take(context, contents, plan);
    // Hosts that have to let go of something are not admitted yet.
    void context.configuring.inTurn(() => letGo(context, plan.gone));
  } catch (error) {
    refused(context, error);
  }
}

function take(context: Context, contents: ConfigurationContents, plan: Plan): void {
  refuseWhileStopping(context, 'reload');
  commit(context, plan);
  context.settings.replace(contents.settings);
  context.configuring.trouble = null;
  if (!contents.exists) return;
  const count = (action: string): number => plan.steps.filter((step) => step.action === action).length;
  const counts = { created: count('create'), changed: count('change'), removed: count('remove'), kept: count('keep') };
  context.journal.publish('configurationReloaded', counts);
}

function planWith(context: Context, contents: ConfigurationContents, force: boolean, isIdle: (resource: ManagedResource) => boolean): Plan {
  const { registry, files } = context;
  if (!contents.exists && !registry.sources.isEmpty) {
    // More likely a folder that is not mounted, or another ANDON_CONFIG_DIR, than a wish to lose everything.
    const hint = 'Bring it back; or, to remove what came from it, make it an empty folder.';
    throw new AndonError('badConfiguration', { file: files.directory, detail: 'is gone, and definitions came from it', hint });
  }
  const { configuration, sources } = contents;
  const mayRemove: Target['mayRemove'] = (what, name) => registry.sources.of(what, name) !== null;
  try {
    return planFor(context, { configuration, sources, force, mayRemove, isIdle });
  } catch (error) {
    const place = error instanceof AndonError && error.subject ? contents.place(error.subject) : null;
    throw error instanceof AndonError && place ? error.at(place) : error;
  }
}

function answer(context: Context, contents: ConfigurationContents, { steps, warnings }: Plan): ControlResult<'reload'> {
  const settings = context.settings.differences(contents.settings);
  return { directory: context.files.directory, steps: [...steps], settings, warnings: [...contents.warnings, ...warnings] };
}

/** Also for what should not happen: files are never a reason for the daemon to end. */
function refused(context: Context, error: unknown): void {
  const detailOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
  const { place, message } = error instanceof AndonError ? error : new AndonError('internal', { detail: detailOf(error) });
  const { file, line, column } = place ?? { file: context.files.directory, line: null, column: null };
  context.configuring.trouble = message;
  // The place stands in fields of its own.
  const detail = place ? message.slice(`${file}:${line}:${column}: `.length) : message;
  context.journal.publish('configurationRefused', { file, line, column, detail });
}
