import type { SQLOutputValue } from 'node:sqlite';
import { type AndonEvent, Configuration, EventHead, FailureSource, WantedState } from '@andon/protocol';
import { z } from 'zod';
import { PHASES } from '../../core/life-cycle/phases.ts';
import type { Definitions, DefinitionSource, StoredHost, StoredInstance } from '../../ports/index.ts';

type Row = Record<string, SQLOutputValue>;

/** A column that holds JSON text. */
const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'no JSON' });
    return z.NEVER;
  }
});

const Columns = z.object({
  name: z.string(),
  wanted: WantedState,
  incarnation: z.int(),
  phase: z.enum(PHASES),
});
/** The rest of an instance; a row that only a wanted state or an incarnation made has none of it. */
const InstanceRecord = z.object({
  next: z.enum(['recover', 'online', 'offline', 'close']).default('online'),
  recover: z.boolean().default(false),
  opened: z.boolean().default(false),
  terminatedIncarnation: z.int().default(0),
  hostId: z.string().default(''),
  restarts: z.int().default(0),
  failures: z.array(z.number()).default([]),
  contract: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('event') }),
      z.object({ kind: z.literal('poll'), looksAliveMs: z.int().nullable(), isAliveMs: z.int().nullable() }),
    ])
    .nullable()
    .default(null),
  lastFailure: z.object({ reason: z.string(), source: FailureSource, atMs: z.number() }).nullable().default(null),
  leaving: Configuration.shape.resources.element.nullable().default(null),
});

export const StoredHostRecord = z.object({
  hostId: z.string(),
  identity: z.object({ pid: z.int(), startTime: z.string(), bootId: z.string() }),
  token: z.string(),
  startedAtMs: z.number(),
  types: z.array(z.string()),
  eventHandles: z.array(z.string()).default([]),
});

const Source = z.object({ what: z.enum(['type', 'group', 'resource']), name: z.string(), source: z.string() });

const Event = z.looseObject(EventHead.shape);

/** What a row held that it should not. */
export class BadRow extends Error {
  override readonly name = 'BadRow';
}

export function readInstance(row: Row): StoredInstance {
  const what = `instance "${String(row['name'])}"`;
  return { ...parse(json.pipe(InstanceRecord), row['record'], what), ...parse(Columns, row, what) };
}

export function readHost(row: Row): StoredHost {
  return parse(json.pipe(StoredHostRecord), row['record'], `host "${String(row['host'])}"`);
}

export function readSource(row: Row): DefinitionSource {
  const { what, name, source } = parse(Source, row, `source of "${String(row['name'])}"`);
  return { what, name, file: source };
}

/** Definitions fill in the defaults of properties that are younger than the store. */
export function readConfiguration(rows: { readonly types: Row[]; readonly groups: Row[]; readonly resources: Row[] }): Definitions {
  const definitions = <T>(kind: string, schema: z.ZodType<T>, from: Row[]): T[] =>
    from.map((row) => parse(json.pipe(schema), row['definition'], `${kind} "${String(row['name'])}"`));
  const { types, groups, resources } = Configuration.shape;
  return {
    types: definitions('type', types.element, rows.types),
    groups: definitions('group', groups.element, rows.groups),
    resources: definitions('resource', resources.element, rows.resources),
  };
}

/** Null for an event that this version does not know: history of a newer andon is no reason to fail. */
export function readEvent(row: Row): AndonEvent | null {
  const { fields, ...head } = row;
  const event = json.safeParse(fields);
  const whole = Event.safeParse({
    ...head,
    ...(event.success && typeof event.data === 'object' ? event.data : {}),
  });
  return whole.success ? whole.data : null;
}

function parse<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new BadRow(`${what}: ${z.prettifyError(result.error).replaceAll('\n', '; ')}`);
}
