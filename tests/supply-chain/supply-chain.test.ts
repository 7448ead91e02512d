import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { lockedPackages, nameAndVersion } from '../../packaging/lockfile.ts';
import { sbom } from '../../packaging/sbom.ts';
import { digestOf } from './digest.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const all = lockedPackages(join(ROOT, 'package-lock.json'));
const installed = all.filter(({ isDevelopment }) => !isDevelopment);

/** What lies in node_modules is what was read: the lockfile holds the tarball, this holds its files. The pinned tarball is in tests/architecture/packages.ts. */
const NODE_IPC_DIGEST = '0ebcf698c2c24efd3d9a3478d9803350df01172ef1956ec0be7f2a97aef4776d';
/** Licences that allow what users do with andon, without a duty to publish their own code. */
const LICENCES = ['MIT', 'ISC', 'BSD-3-Clause'];
const OWN_WORKSPACES = ['protocol', 'daemon', 'resource-host', 'cli'];

describe('the lockfile', () => {
  test('holds a SHA-512 of every package', () => {
    expect(all.length).toBeGreaterThan(50);
    expect(all.filter(({ integrity }) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity)).map(nameAndVersion)).toEqual([]);
  });

  test('names no registry, so that whoever installs takes his own', () => {
    expect(read('package-lock.json')).not.toMatch(/https?:\/\/[^"]*\.tgz/);
  });

  test('has only licences of the list in what users install', () => {
    expect(installed.filter(({ license }) => !LICENCES.includes(license)).map((one) => `${nameAndVersion(one)}: ${one.license}`)).toEqual(
      [],
    );
  });
});

test('npm runs no script of a package and writes exact versions', () => {
  expect(read('.npmrc').split('\n')).toEqual(expect.arrayContaining(['ignore-scripts=true', 'save-exact=true']));
});

test('node-ipc in node_modules is, file by file, the one that was read', () => {
  expect(digestOf(join(ROOT, 'node_modules/node-ipc'))).toBe(NODE_IPC_DIGEST);
});

test('every direct dependency that users install has a decision record', () => {
  const records = readdirSync(join(ROOT, 'docs/decisions')).map((name) => read(`docs/decisions/${name}`));
  const Package = z.object({ dependencies: z.record(z.string(), z.string()).default({}) });
  const direct = OWN_WORKSPACES.flatMap((workspace) =>
    Object.keys(Package.parse(JSON.parse(read(`${workspace}/package.json`))).dependencies),
  );
  const fromOutside = direct.filter((name) => !name.startsWith('@andon/'));
  expect(fromOutside.length).toBeGreaterThan(4);
  expect(fromOutside.filter((name) => !records.some((text) => text.includes(name)))).toEqual([]);
});

test('docs/supply-chain.md lists exactly what the lockfile installs', () => {
  const rows = read('docs/supply-chain.md').matchAll(/^\| `([^`]+)` \| (\S+) \| (\S+) \|/gm);
  const listed = [...rows].map(([, name, version, license]) => `${name}@${version} ${license}`);
  expect(listed.toSorted()).toEqual(installed.map((one) => `${nameAndVersion(one)} ${one.license}`).toSorted());
});

describe('the bill of materials', () => {
  const Component = z.object({
    type: z.literal('library'),
    'bom-ref': z.string(),
    name: z.string(),
    version: z.string(),
    purl: z.string().regex(/^pkg:npm\/(%40[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+$/),
    licenses: z.array(z.object({ license: z.object({ id: z.string().min(1) }) })).length(1),
    hashes: z.array(z.object({ alg: z.literal('SHA-512'), content: z.string().regex(/^[0-9a-f]{128}$/) })).optional(),
  });
  const Bom = z.strictObject({
    bomFormat: z.literal('CycloneDX'),
    specVersion: z.literal('1.5'),
    version: z.literal(1),
    metadata: z.object({ component: z.object({ name: z.literal('andon'), version: z.string() }) }),
    components: z.array(Component),
  });
  const own = { name: '@andon/cli', version: '0.1.0', license: 'MIT' };
  const bom = Bom.parse(sbom([own], installed));

  test('names every package of the lockfile that users install, the Node of every platform included, and no other', () => {
    expect(bom.components.map(nameAndVersion)).toEqual(['@andon/cli@0.1.0', ...installed.map(nameAndVersion)]);
    expect(bom.components.filter(({ name }) => /^node-(bin-)?(linux|darwin|win)-/.test(name))).toHaveLength(5);
  });

  test('gives every package from outside its hash, and each reference once', () => {
    expect(bom.components.filter(({ hashes }) => hashes === undefined).map(({ name }) => name)).toEqual(['@andon/cli']);
    expect(new Set(bom.components.map((component) => component['bom-ref'])).size).toBe(bom.components.length);
  });
});
