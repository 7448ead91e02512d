import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DaemonPlayer, HostRun } from './daemon-player.ts';
import { connectedHost } from './host-test.ts';

export type Word = 'online' | 'offline' | 'terminate' | 'looksalive' | 'isalive';

/** Notes each run in the file `runs`; what a word does stands in a file of its name. */
const SCRIPT = `#!/bin/sh
echo "$*" >> runs
[ -e "$1.does" ] && . "./$1.does"
exit 0
`;

/** A host of the built-in types with one resource "web" of the type exec, whose script lies in the player's folder. */
export class ScriptedResource {
  readonly player: DaemonPlayer;
  host: HostRun;
  readonly path: string;

  static async open(does: Partial<Record<Word, string>> = {}, head = ''): Promise<ScriptedResource> {
    const { player, host } = await connectedHost('--builtin');
    const resource = new ScriptedResource(player, host, head);
    for (const [word, code] of Object.entries(does)) resource.does(word, code);
    await player.result('startup', { types: ['exec'] });
    await player.open('web', 'exec', resource.properties());
    return resource;
  }

  private constructor(player: DaemonPlayer, host: HostRun, head: string) {
    this.player = player;
    this.host = host;
    this.path = join(player.directory, 'service');
    writeFileSync(this.path, SCRIPT.replace('\n', `\n${head}\n`));
    chmodSync(this.path, 0o755);
  }

  properties(more: object = {}): object {
    return { script: './service', cwd: this.player.directory, ...more };
  }

  /** What a run of the script with this word does from now on, in the language of sh. */
  does(word: string, code: string): void {
    writeFileSync(join(this.player.directory, `${word}.does`), `${code}\n`);
  }

  /** The runs so far, each with its arguments. */
  get runs(): readonly string[] {
    const path = join(this.player.directory, 'runs');
    return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
  }

  /** kill -9 of the host; the next one is told to recover. */
  async recovered(properties = this.properties()): Promise<unknown> {
    this.host.process.kill('SIGKILL');
    await this.host.exited;
    this.host = this.player.startHost('--builtin');
    await this.player.hellos.take();
    return this.player.open('web', 'exec', properties, true);
  }

  /** Why an offline failed, at once or after it pended. */
  async offlineFailure(incarnation: number): Promise<unknown> {
    const answer = await this.player.offline('web', incarnation);
    return answer.ok ? (await this.player.statusReport('failed'))['text'] : answer.error.message;
  }

  alive(word: 'looksAlive' | 'isAlive', incarnation = 1): Promise<unknown> {
    return this.player.result(word, { resourceId: 'web', incarnation });
  }
}
