import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { folderOfAndon } from '../support/folder-of-andon.ts';
import { temporaryFolder } from '../support/temporary.ts';

const run = promisify(execFile);
const Report = z.object({ checks: z.array(z.object({ id: z.string(), result: z.string(), came: z.string() })) });

/** The resources that the kit tries; for H-4 it opens many more. */
export const CHECKED: readonly string[] = Array.from({ length: 8 }, (_, index) => `check-${index + 1}`);

/** What the kit holds against a host, and the rules that it could not look at. */
export interface Verdict {
  readonly against: readonly string[];
  readonly notApplicable: readonly string[];
}

/** With an `andon` that is this checkout's. */
export function withAndon(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { ...process.env, ...more, PATH: `${folderOfAndon()}:${process.env['PATH']}` };
}

/** What `andon host new` makes in this language; answers its folder. */
export async function newHostIn(language: string, name = 'program'): Promise<string> {
  const folder = join(temporaryFolder(), name);
  await run('andon', ['host', 'new', '--lang', language, folder], { env: withAndon() });
  return folder;
}

/** Runs a command that ends in `andon host check --json`. */
export async function verdictOf([command = '', ...args]: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Verdict> {
  const { stdout } = await run(command, args, { env: withAndon(env) }).catch((failed: { stdout: string }) => failed);
  const { checks } = Report.parse(JSON.parse(stdout));
  const against = checks.filter(({ result }) => result !== 'pass' && result !== 'notApplicable');
  return {
    against: against.map(({ id, result, came }) => `${id} ${result}: ${came}`),
    notApplicable: checks.filter(({ result }) => result === 'notApplicable').map(({ id }) => id),
  };
}
