import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DaemonPlayer } from './daemon-player.ts';
import { connectedHost } from './host-test.ts';

/** What a script does for each word; the rest of the words exit with 3, which says that it does not know them. */
export interface Words {
  readonly online?: string;
  readonly offline?: string;
  readonly terminate?: string;
  readonly looksalive?: string;
  readonly isalive?: string;
}

/** Writes an executable shell script. `top` stands in its second line. */
export function scriptIn(directory: string, words: Words, top = ''): string {
  const path = join(directory, 'script.sh');
  const cases = Object.entries(words).map(([word, commands]) => `${word}) ${commands} ;;`);
  writeFileSync(path, `#!/bin/sh\n${top}\ncase $1 in\n${cases.join('\n')}\n*) exit 3 ;;\nesac\n`);
  chmodSync(path, 0o755);
  return path;
}

/** A host of the built-in types with one resource of exec opened, and its private properties. */
export async function openedScript(
  words: Words,
  more: Readonly<Record<string, unknown>> = {},
  top = '',
): Promise<{ readonly player: DaemonPlayer; readonly properties: object }> {
  const { player } = await connectedHost('--builtin');
  const properties = { script: scriptIn(player.directory, words, top), cwd: player.directory, ...more };
  await player.result('startup', { types: ['exec'] });
  await player.open('web-1', 'exec', properties);
  return { player, properties };
}
