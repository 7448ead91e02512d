import assert from 'node:assert/strict';
import { Configuration } from '@andon/protocol';
import { readManifest, writeManifest } from '@andon/protocol/manifest';
import fc from 'fast-check';
import { bytesOf, type FuzzTarget, textOf } from '../target.ts';
import { configurationOf, sorted } from './configurations.ts';

const name = fc.constantFrom('web', 'db', 'a.b_c:d-1', '9');
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.constantFrom('\ud800', '\udfff\ud800'));
const json = fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 });
const values = fc.dictionary(fc.oneof(text, fc.constantFrom('__proto__', 'a.b', '"', '')), json, { maxKeys: 5 });
const configuration = fc.record({
  types: fc.uniqueArray(
    fc.record(
      {
        name: fc.constantFrom('t', 'u-1'),
        command: fc.array(text, { minLength: 1, maxLength: 3 }),
        description: text,
        cwd: text.filter((folder) => folder !== ''),
        env: fc.dictionary(text, text),
        jsonSchema: values,
      },
      { requiredKeys: ['name', 'command'] },
    ),
    { selector: (type) => type.name, maxLength: 2 },
  ),
  groups: fc.uniqueArray(fc.record({ name, description: text }), { selector: (group) => group.name, maxLength: 3 }),
  resources: fc.uniqueArray(
    fc.record({ name, type: fc.constant('t'), group: fc.option(name), dependsOn: text, set: values }, { requiredKeys: ['name', 'type'] }),
    { selector: (resource) => resource.name, maxLength: 4 },
  ),
  online: fc.uniqueArray(name),
});

/** Any configuration that the daemon can hold, written as a manifest and read again. */
export const exports: FuzzTarget = {
  name: 'exports',
  seeds: [bytesOf('{"types":[],"groups":[],"resources":[{"name":"a","type":"t","set":{"__proto__":{"x":null}}}],"online":["a"]}')],
  arbitrary: () => configuration.map((made) => bytesOf(JSON.stringify(made))),
  freshInTests: 800,
  check(input) {
    const checked = Configuration.safeParse(JSON.parse(textOf(input)));
    if (!checked.success) return;
    const given = checked.data;
    const written = textOf(bytesOf(writeManifest(given)));
    const read = configurationOf(readManifest({ name: 'export.toml', text: written, folder: '/' }));
    const online = given.online.filter((wanted) => given.resources.some((resource) => resource.name === wanted));
    assert.deepEqual(sorted(read), sorted({ ...given, online }));
  },
};
