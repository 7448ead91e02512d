import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { suggestion } from '@andon/protocol';
import { executableProblem } from '../shared/executable.ts';

export const OCF_ROOT = '/usr/lib/ocf';

/** One agent on this machine. */
export interface Agent {
  readonly path: string;
  /** Folder that it is in, which is who made it: `heartbeat`. */
  readonly provider: string;
  readonly type: string;
}

/** The agent of `ocf:heartbeat:nginx`, `heartbeat:nginx` or an absolute path. Throws with what is there instead. */
export function findAgent(name: string, ocfRoot: string): Agent {
  const path = isAbsolute(name) ? name : pathOf(name, ocfRoot);
  const problem = executableProblem(path);
  if (problem !== undefined) throw new Error(`agent ${path}: ${problem}${existsSync(path) ? '' : similar(name, ocfRoot)}`);
  return { path, provider: basename(dirname(path)), type: basename(path) };
}

/** Every agent below this root, by provider and type. */
export function installedAgents(ocfRoot: string): Agent[] {
  const folder = join(ocfRoot, 'resource.d');
  return namesIn(folder).flatMap((provider) =>
    namesIn(join(folder, provider))
      .map((type) => ({ path: join(folder, provider, type), provider, type }))
      .filter(({ path }) => executableProblem(path) === undefined),
  );
}

export function nameOf({ provider, type }: Agent): string {
  return `ocf:${provider}:${type}`;
}

/** Words by which an agent speaks to a cluster manager. */
const CLUSTER_TOOLS =
  /(?:^|[\s"'`(/|&;])(crm_(?:attribute|diff|error|failcount|master|mon|node|report|resource|rule|shadow|simulate|standby|ticket|verify)|attrd_updater|crmadmin|cibadmin|crm)(?=$|[\s"'`)|&;])/;

/** Where an agent calls what only a cluster answers: `line 57: crm_attribute`. Comments and its own documentation do not count. */
export function clusterCallOf({ path }: Agent): string | undefined {
  let isDocumentation = false;
  for (const [index, line] of readFileSync(path, 'latin1').split('\n').entries()) {
    if (line.includes('<resource-agent ')) isDocumentation = true;
    const tool = isDocumentation || /^\s*#/.test(line) ? undefined : CLUSTER_TOOLS.exec(line)?.[1];
    if (line.includes('</resource-agent>')) isDocumentation = false;
    if (tool !== undefined) return `line ${index + 1}: ${tool}`;
  }
  return undefined;
}

function pathOf(name: string, ocfRoot: string): string {
  const [type = '', provider = '', ...rest] = name.split(':').toReversed();
  if (!provider || (rest.length > 0 && rest.join() !== 'ocf')) {
    throw new Error(`agent "${name}" is not like ocf:heartbeat:nginx, heartbeat:nginx or /path/of/an/agent`);
  }
  return join(ocfRoot, 'resource.d', provider, type);
}

function similar(name: string, ocfRoot: string): string {
  const installed = installedAgents(ocfRoot);
  if (installed.length === 0) return `; nothing is in ${ocfRoot}/resource.d: install the package resource-agents`;
  return `.${suggestion(name.replace(/^(ocf:)?/, 'ocf:'), installed.map(nameOf))}`;
}

function namesIn(folder: string): string[] {
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => !name.startsWith('.'))
        .sort()
    : [];
}
