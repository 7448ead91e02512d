import { z } from 'zod';
import { runProgram } from '../daemon/run-program.ts';
import { usageError } from '../failure.ts';
import { HOST_TOOLS } from '../manifest/host-tools.ts';

const Summary = z.object({ name: z.string(), path: z.string(), summary: z.string(), refused: z.string().nullable() });
const Description = Summary.extend({
  version: z.string(),
  description: z.string(),
  parameters: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      initial: z.string().optional(),
      isRequired: z.boolean(),
      summary: z.string(),
      description: z.string(),
    }),
  ),
  actions: z.array(z.object({ name: z.string(), timeoutMs: z.number().optional(), intervalMs: z.number().optional(), depth: z.number() })),
});
export type AgentDescription = z.infer<typeof Description>;

/** `ocf:heartbeat:nginx`: an agent and no type of andon. */
export function isAgentName(name: string): boolean {
  return name.startsWith('ocf:');
}

/** Every OCF agent of this machine. */
export async function agentCatalog(): Promise<z.infer<typeof Summary>[]> {
  return z.array(Summary).parse(await ask());
}

/** What one agent says of itself. */
export async function agentDescription(name: string): Promise<AgentDescription> {
  return Description.parse(await ask(name));
}

/** The program that runs agents knows them: what it prints is the one source. */
async function ask(...words: readonly string[]): Promise<unknown> {
  const { stdout, problem } = await runProgram(process.execPath, HOST_TOOLS.moduleRunner(), '--agents', ...words);
  if (problem !== null) throw usageError(problem, 'Those that are there: andon type list --agents');
  return JSON.parse(stdout);
}
