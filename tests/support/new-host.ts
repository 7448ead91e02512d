import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { hasPrograms } from './toolchain.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');

interface Toolchain {
  readonly language: string;
  /** Programs that its template needs. */
  readonly needs: readonly string[];
  /** What builds a template for a type of this name, typed in its folder; absent where nothing is built. */
  readonly build?: (name: string) => string;
}

/** What the languages of `andon host new` need on this machine. */
export const TOOLCHAINS: readonly Toolchain[] = [
  { language: 'ts', needs: [] },
  { language: 'python', needs: ['python3'] },
  { language: 'go', needs: ['go'], build: (name) => `go build -o ${name} .` },
  { language: 'rust', needs: ['cargo'], build: () => 'cargo build --offline' },
  { language: 'c', needs: ['make', 'cc'], build: () => 'make -s' },
  { language: 'sh', needs: ['socat', 'jq'] },
];

/** The folder that `andon host new` copies. */
export function templateOf({ language }: Toolchain): string {
  return join(ROOT, 'resource-host', language === 'ts' ? 'template' : join(language, 'template'));
}

export function isThere(toolchain: Toolchain): boolean {
  return hasPrograms(...toolchain.needs) && existsSync(templateOf(toolchain));
}

/** `(needs go)`, for the title of a test that is skipped without it. */
export function neededWords({ language, needs }: Toolchain): string {
  return needs.length === 0 ? language : `${language} (needs ${needs.join(' and ')})`;
}

/** A host made by `andon host new`, in a folder below `parent`. */
export class NewHost {
  readonly folder: string;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.#env = env;
  }

  static async create(parent: string, language: string, name: string): Promise<NewHost> {
    const env = { ...process.env, PATH: `${commandsIn(parent)}${delimiter}${process.env['PATH']}` };
    const folder = join(parent, `${language}-host`);
    await run('andon', ['host', 'new', '--lang', language, '--name', name, folder], { env });
    return new NewHost(folder, env);
  }

  /** The same, and ready to be started. */
  static async built(parent: string, { language, build }: Toolchain, name: string): Promise<NewHost> {
    const host = await NewHost.create(parent, language, name);
    if (build) await host.sh(build(name));
    return host;
  }

  get manifest(): string {
    return join(this.folder, 'type.toml');
  }

  /** Runs a line of shell in the folder, where `andon` is that of this checkout. Rejects, with its output, when it fails. */
  async sh(line: string): Promise<void> {
    try {
      await run('sh', ['-c', line], { cwd: this.folder, env: this.#env });
    } catch (error) {
      const { stdout = '', stderr = '' } = Object(error);
      throw new Error(`"${line}" failed in ${this.folder}:\n${stdout}${stderr}`, { cause: error });
    }
  }
}

/** A folder with the commands of this checkout, for PATH. */
function commandsIn(parent: string): string {
  const folder = join(parent, 'bin');
  // One that is written anew while another host is being made is found empty.
  if (existsSync(folder)) return folder;
  mkdirSync(folder);
  const programs = { andon: 'cli/bin/andon.js', 'andon-resource-host': 'resource-host/bin/andon-resource-host.js' };
  for (const [name, file] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, file)}" "$@"\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}
