// `npm run release`: what is published, with what is in it and the sums of it, in the folder `release`.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { lockedPackages } from './lockfile.ts';
import { sbom } from './sbom.ts';

const ROOT = join(import.meta.dirname, '..');
const RELEASE = join(ROOT, 'release');
const WORKSPACES = ['protocol', 'resource-host', 'daemon', 'cli'] as const;
const Package = z.object({ name: z.string(), version: z.string(), license: z.string() });
const Packed = z.array(z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) }));
/** Nothing that a user runs: sources, tests, and what builds leave. */
const NOT_PUBLISHED = /^(src|tests?)\/|(^|\/)node_modules\/|\.test\.[jt]s$|\.tsbuildinfo$/;

rmSync(RELEASE, { recursive: true, force: true });
mkdirSync(RELEASE);
build();
const tarballs = WORKSPACES.map(pack);
const own = WORKSPACES.map((workspace) => Package.parse(JSON.parse(readFileSync(join(ROOT, workspace, 'package.json'), 'utf8'))));
const packages = lockedPackages(join(ROOT, 'package-lock.json')).filter(({ isDevelopment }) => !isDevelopment);
writeFileSync(join(RELEASE, 'andon.cdx.json'), `${JSON.stringify(sbom(own, packages), null, 2)}\n`);
const sums = readdirSync(RELEASE)
  .toSorted()
  .map(
    (file) =>
      `${createHash('sha256')
        .update(readFileSync(join(RELEASE, file)))
        .digest('hex')}  ${file}\n`,
  );
writeFileSync(join(RELEASE, 'SHA256SUMS'), sums.join(''));
tryOut(tarballs, own[0]?.version ?? '');
process.stdout.write(sums.join(''));

/** From nothing, so that no file of an earlier build is published. */
function build(): void {
  for (const workspace of WORKSPACES) rmSync(join(ROOT, workspace, 'dist'), { recursive: true, force: true });
  execFileSync('npm', ['run', '--silent', 'build', '--', '--force'], { cwd: ROOT, stdio: 'inherit' });
}

function pack(workspace: string): string {
  const output = execFileSync('npm', ['pack', '--json', '--workspace', workspace, '--pack-destination', RELEASE], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const answer: unknown = JSON.parse(output);
  const [packed] = Packed.parse(Array.isArray(answer) ? answer : Object.values(z.record(z.string(), z.unknown()).parse(answer)));
  const stray = packed?.files.find(({ path }) => NOT_PUBLISHED.test(path));
  if (!packed || stray)
    throw new Error(
      `npm pack of ${workspace}: ${stray ? `${stray.path} is not for users; mend "files" of its package.json` : 'no tarball'}`,
    );
  return join(RELEASE, packed.filename);
}

/** Into an empty folder, as a user would, and once started. */
function tryOut(files: readonly string[], version: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'andon-release-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
    execFileSync('npm', ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', ...files], {
      cwd: folder,
      stdio: 'ignore',
    });
    const said = execFileSync(join(folder, 'node_modules/.bin/andon'), ['--version'], { cwd: folder, encoding: 'utf8' }).trim();
    if (!said.includes(version)) throw new Error(`andon --version of the release says "${said}" and not ${version}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
