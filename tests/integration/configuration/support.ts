import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TestDaemon } from '../../support/daemon.ts';

/** Writes one file of the daemon's configuration directory; answers its path. */
export function configure(daemon: TestDaemon, file: string, text: string): string {
  const path = join(daemon.folder, 'etc', file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

export function unconfigure(daemon: TestDaemon, file: string): void {
  rmSync(join(daemon.folder, 'etc', file));
}

/** A resource that needs no host of its own making. */
export function sleeper(name: string, more = ''): string {
  return `[[resource]]\nname = "${name}"\ntype = "generic-application"\n${more}set = { command = "/bin/sleep", args = ["600"] }\n`;
}

/** What the daemon holds, without what the order of events decides. */
export async function held(daemon: TestDaemon) {
  const { types, groups, resources, online } = await daemon.client.request('export', {});
  return {
    types: types.map(({ name }) => String(name)),
    groups: groups.map(({ name }) => String(name)),
    resources: resources.map(({ name }) => String(name)),
    online: [...(online ?? [])].map(String),
  };
}

/** Actions of a plan without what stays. */
export function actions(steps: readonly { readonly action: string; readonly what: string; readonly name: string }[]): string[] {
  return steps.filter(({ action }) => action !== 'keep').map(({ action, what, name }) => `${action} ${what} ${name}`);
}
