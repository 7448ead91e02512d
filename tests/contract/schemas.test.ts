import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { staleFiles } from '../../protocol/scripts/generate-schema.ts';
import { MESSAGE_SCHEMAS } from '../../protocol/scripts/message-schemas.ts';
import { schemaFiles } from '../../protocol/scripts/schema-files.ts';

const folder = fileURLToPath(new URL('../../protocol/schema/v1/', import.meta.url));
const readJson = (...path: string[]): unknown => JSON.parse(readFileSync(join(folder, ...path), 'utf8'));

interface Example {
  readonly kind: 'good' | 'bad';
  readonly schema: string;
  readonly name: string;
}

function examples(kind: Example['kind']): Example[] {
  return readdirSync(join(folder, 'examples', kind)).flatMap((schema) =>
    readdirSync(join(folder, 'examples', kind, schema)).map((name) => ({ kind, schema, name })),
  );
}

function table(name: string): z.ZodType {
  const schema = MESSAGE_SCHEMAS.get(name);
  if (!schema) throw new Error(`examples of "${name}", which has no schema`);
  return schema;
}

/** The published schema, read back: what a host in another language validates with. */
const published = new Map<string, z.ZodType>();
function publishedSchema(name: string): z.ZodType {
  const json: z.core.JSONSchema.JSONSchema = JSON.parse(readFileSync(join(folder, `${name}.schema.json`), 'utf8'));
  const schema = published.get(name) ?? z.fromJSONSchema(json);
  published.set(name, schema);
  return schema;
}

describe('the published schemas', () => {
  test('are those of the tables (else: npm run generate)', () => {
    expect(staleFiles(schemaFiles())).toEqual([]);
  });

  test('that are missing, changed or left over count as stale', () => {
    const files = new Map(schemaFiles());
    files.delete('events.json');
    files.set('limits.json', '{}\n');
    files.set('new.schema.json', '{}\n');
    expect(staleFiles(files).sort()).toEqual(['events.json', 'limits.json', 'new.schema.json']);
  });

  test.each([...MESSAGE_SCHEMAS.keys()].filter((name) => /^(frame|call|request|notify|controlNotify|document)\./.test(name)))(
    '%s refuses no member that it does not know',
    (name) => {
      expect(JSON.stringify(readJson(`${name}.schema.json`))).not.toContain('"additionalProperties":false');
    },
  );
});

describe('the examples', () => {
  const mustHave = [...MESSAGE_SCHEMAS.keys()].filter((name) => !name.startsWith('control.'));

  test.each(mustHave)('of %s are at least one good and two bad', (name) => {
    expect(examples('good').filter(({ schema }) => schema === name).length).toBeGreaterThanOrEqual(1);
    expect(examples('bad').filter(({ schema }) => schema === name).length).toBeGreaterThanOrEqual(2);
  });

  test.each(examples('good'))('good: $schema $name', ({ schema, name }) => {
    const message = readJson('examples', 'good', schema, name);
    expect(table(schema).safeParse(message).error).toBeUndefined();
    expect(publishedSchema(schema).safeParse(message).error).toBeUndefined();
  });

  test.each(examples('bad'))('bad: $schema $name', ({ schema, name }) => {
    const message = readJson('examples', 'bad', schema, name);
    expect(table(schema).safeParse(message).success).toBe(false);
    expect(publishedSchema(schema).safeParse(message).success).toBe(false);
  });
});
