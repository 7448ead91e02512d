import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../integration/docs/documents.ts';
import { atEndOfTest } from '../support/at-end.ts';
import { processesWith } from '../support/leftovers.ts';
import { temporaryFolder } from '../support/temporary.ts';
import type { CommandStep, FileStep } from './page.ts';

const BLOCK_LIMIT_MS = 60_000;

export interface Ran {
  /** null: it was still running after the limit. */
  readonly code: number | null;
  readonly output: string;
  /** The command that failed, when one did. */
  readonly failed: string;
}

/** Before the commands of a block: what the blocks before it exported, and where they left off. After them: the same for the next. */
const PROLOGUE = `
[ -e "$HOME/.page/exported" ] && . "$HOME/.page/exported" && cd "$PWD"
trap 'echo "$BASH_COMMAND" > "$HOME/.page/failed"' ERR
set -eEa -o pipefail
`;
const EPILOGUE = '\nexport -p > "$HOME/.page/exported"\n';

/** The shell of somebody who reads one page: a home and daemon places of its own, in a folder that looks like a fresh checkout. */
export class PageShell {
  readonly home = temporaryFolder();
  readonly #checkout = join(this.home, 'andon');
  readonly #env = {
    HOME: this.home,
    PATH: `${join(this.home, '.page')}:${process.env['PATH'] ?? ''}`,
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    ANDON_RUNTIME_DIR: join(this.home, 'run'),
    ANDON_STATE_DIR: join(this.home, 'state'),
    ANDON_CONFIG_DIR: join(this.home, 'etc'),
  };

  constructor() {
    atEndOfTest(() => this.#end());
    mkdirSync(this.#checkout);
    for (const name of readdirSync(ROOT)) symlinkSync(join(ROOT, name), join(this.#checkout, name));
    mkdirSync(join(this.home, '.page'));
    this.#program('andon', `exec "${process.execPath}" "${ROOT}cli/bin/andon.js" "$@"`);
    this.#program('andon-resource-host', `exec "${process.execPath}" "${ROOT}resource-host/bin/andon-resource-host.js" "$@"`);
    this.#program('pid-of', `andon status "$1" --json | sed -n 's/.*"statusText":"pid \\([0-9]*\\)".*/\\1/p'`);
    this.#program('node', `exec "${process.execPath}" "$@"`);
    this.#program('until-online', `until andon status "$1" --json | grep -q '"state":"Online"'; do :; done`);
    this.#program('npx', 'case "$1" in andon|andon-resource-host|node) exec "$@" ;; *) echo "no npx $1 here" >&2; exit 97 ;; esac');
    this.#program('npm', '[ "$*" = ci ] || { echo "no npm $* here" >&2; exit 97; }');
  }

  save({ name, text }: FileStep): void {
    const path = join(this.#checkout, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${text}\n`);
  }

  async run({ text, first, fillIns }: CommandStep): Promise<Ran> {
    for (const before of first) {
      const ran = await this.#bash(before);
      if (ran.code !== 0) return { ...ran, failed: `(before the block) ${ran.failed}` };
    }
    return this.#bash(fillIns.reduce(filledIn, text));
  }

  async #bash(commands: string): Promise<Ran> {
    const files = { output: join(this.home, '.page/output'), failed: join(this.home, '.page/failed') };
    writeFileSync(files.failed, '');
    // A file and no pipe: what goes on in the background keeps it open.
    const output = openSync(files.output, 'w');
    const child = spawn('bash', ['-c', PROLOGUE + commands + EPILOGUE], {
      cwd: this.#checkout,
      env: this.#env,
      stdio: ['ignore', output, output],
      timeout: BLOCK_LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    await once(child, 'exit');
    closeSync(output);
    return { code: child.exitCode, output: readFileSync(files.output, 'utf8'), failed: readFileSync(files.failed, 'utf8').trim() };
  }

  #program(name: string, script: string): void {
    const path = join(this.home, '.page', name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
  }

  /** Ends everything that was started from here, known by its home. */
  #end(): void {
    for (const pid of processesWith(`HOME=${this.home}`)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself in the meantime.
      }
    }
  }
}

/** The word stands for its value in the very place where it is used: what it asks for may not be there before. */
function filledIn(text: string, fillIn: string): string {
  const at = fillIn.indexOf('=');
  return text.replaceAll(new RegExp(`(?<![$\\w-])${fillIn.slice(0, at)}(?![\\w=])`, 'g'), () => fillIn.slice(at + 1));
}
