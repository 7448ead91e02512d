// {{name}} is a resource type of andon: it runs a command and reports its end the moment it comes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { defineResourceType, event, NotSupportedError } from '@andon/resource-host';
import { z } from 'zod';
import { endAll, ended, leftovers, type Program, signalAll } from './processes.ts';

interface State {
  program?: Program;
}

export default defineResourceType({
  name: '{{name}}',
  description: 'Runs a command and reports its end',
  properties: z.object({
    command: z.string().min(1).describe('Run by sh -c, in a session of its own.'),
    stopTimeoutMs: z.int().min(0).default(5000).describe('From SIGTERM to SIGKILL when it is taken offline, ms.'),
  }),

  open(resource): State {
    if (resource.recover && leftovers(resource.name).length > 0) resource.foundRunning();
    return {};
  },

  async online(resource) {
    const { name, properties, state, signal } = resource;
    // A host before this one may have died and left it running; there must not be two of it.
    await endAll(name);
    const program = spawn('sh', ['-c', properties.command], {
      env: { ...process.env, ANDON_RESOURCE: name },
      stdio: ['ignore', 'inherit', 'inherit'],
      // A session is a process group too: what the program starts is stopped with it.
      detached: true,
    });
    await once(program, 'spawn');
    state.program = program;
    program.once('exit', (code, by) => {
      if (!signal.aborted) resource.fail(by ? `killed by ${by}` : `exited with code ${code}`);
    });
    return event();
  },

  async offline({ name, properties, state, signal }) {
    signalAll('SIGTERM', state.program);
    await ended(AbortSignal.any([signal, AbortSignal.timeout(properties.stopTimeoutMs)]), state.program);
    await endAll(name, state.program);
  },

  // Its return means that nothing of the program is left.
  terminate: ({ name, state }) => endAll(name, state.program),

  isAlive: ({ state: { program } }) => program?.exitCode === null && program.signalCode === null,

  control({ state }, code) {
    if (code === 'pid') return state.program?.pid ?? null;
    throw new NotSupportedError(code);
  },
});
