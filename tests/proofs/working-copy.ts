import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Proof } from './proof.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const LEFT_OUT = new Set(['node_modules', 'dist', '.git', 'reports']);

/** A copy of the checkout that may be damaged. Packages are shared with the checkout, the workspaces are the copy's own. */
export class WorkingCopy {
  readonly folder = mkdtempSync(join(tmpdir(), 'andon-prove-'));

  constructor() {
    cpSync(root, this.folder, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
    linkPackages(join(root, 'node_modules'), join(this.folder, 'node_modules'));
  }

  /** Damages one file while `run` runs. Answers why it could not, or what `run` answered. */
  async patched<T>({ file, find, replace }: Proof, run: () => Promise<T>): Promise<T | { readonly problem: string }> {
    const path = join(this.folder, file);
    const before = readFileSync(path, 'utf8');
    const found = before.split(find).length - 1;
    if (found !== 1) return { problem: `"${find.split('\n')[0]}" occurs ${found} times in ${file}` };
    writeFileSync(
      path,
      before.replace(find, () => replace),
    );
    try {
      return await run();
    } finally {
      writeFileSync(path, before);
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** `.bin` and `@andon` hold relative links into the workspaces, so they are made anew; everything else is linked as it is. */
function linkPackages(from: string, to: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    if (name === '.bin' || name === '@andon') {
      mkdirSync(join(to, name));
      for (const link of readdirSync(join(from, name))) symlinkSync(readlinkSync(join(from, name, link)), join(to, name, link));
    } else if (!name.startsWith('.')) {
      symlinkSync(join(from, name), join(to, name));
    }
  }
}
