import {
  AndonError,
  CONTROL,
  EVENT_KINDS,
  EventHead,
  Incident,
  ProtocolRule,
  ResourceStatus,
  ServiceStatus,
  StatusDocument,
} from '@andon/protocol';
import { z } from 'zod';
import { expect, test } from 'vitest';
import { blocksOf } from './documents.ts';

const ok = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject({ ok: z.literal(true), ...shape });
const strict = (schema: z.ZodObject): z.ZodObject => z.strictObject(schema.shape);
const text = z.string();
const oneEvent = EventHead.loose().superRefine((event, context) => {
  const { seq: _seq, at: _at, monotonicUs: _us, kind, resource: _resource, host: _host, incarnation: _incarnation, ...fields } = event;
  const parsed = strict(EVENT_KINDS[kind]).safeParse(fields);
  if (!parsed.success) context.addIssue({ code: 'custom', message: `${kind}: ${parsed.error.message}` });
});
const kept = z.strictObject({ kept: z.int(), lost: z.array(text) });
const changed = { names: z.array(text), resources: z.array(ResourceStatus) };

/** By the first words of the command; the schema of what it prints. */
const PRINTED: Readonly<Record<string, z.ZodType>> = {
  'andon online nothing': z.strictObject({
    ok: z.literal(false),
    error: z.strictObject({ code: text, message: text, remedy: text }),
  }),
  'andon status': strict(StatusDocument),
  'andon events --json': z.strictObject({ events: z.array(oneEvent) }),
  'andon events --follow': oneEvent,
  'andon resource list': strict(CONTROL.resourceList.result),
  'andon resource show': strict(CONTROL.resourceShow.result),
  'andon type list': strict(CONTROL.typeList.result),
  'andon type show': strict(CONTROL.typeShow.result),
  'andon group list': strict(CONTROL.groupList.result),
  'andon host list': strict(CONTROL.hostList.result),
  'andon host check': z.strictObject({
    command: z.array(text),
    software: z.strictObject({ name: text, version: text }).nullable(),
    checks: z.array(
      z.strictObject({
        ...ProtocolRule.pick({ id: true, level: true, chapter: true }).shape,
        result: z.enum(['pass', 'fail', 'warn', 'notApplicable', 'notReached']),
        expected: text,
        came: text,
        frames: z.array(text),
        rule: text,
        hint: text,
        cause: text.optional(),
      }),
    ),
    summary: z.strictObject({ pass: z.int(), fail: z.int(), warn: z.int(), notApplicable: z.int(), notReached: z.int() }),
    ms: z.int(),
  }),
  'andon logs': z.strictObject({ host: text, path: text, lines: z.array(text) }),
  'andon incidents list': z.strictObject({
    directory: text,
    incidents: z.array(
      z.strictObject({
        ...Incident.pick({ id: true, at: true, host: true, pid: true, reason: true, why: true, culprits: true, alike: true }).shape,
        resources: z.array(text),
      }),
    ),
  }),
  'andon incidents show': strict(Incident),
  'andon export --json': strict(CONTROL.export.result),
  'andon export --dir': z.strictObject({ directory: text, files: z.array(text) }),
  'andon doctor': z.strictObject({
    checks: z.array(z.strictObject({ name: text, result: z.enum(['ok', 'warn', 'fail']), detail: text, remedy: text })),
  }),
  'andon service status': strict(ServiceStatus),
  'andon service print': z.strictObject({ unit: text, text }),
  'andon service install': ok({ unit: text, changed: z.boolean(), pid: z.int().nullable(), lingers: z.boolean() }),
  'andon service uninstall': ok({
    wasInstalled: z.boolean(),
    removed: z.array(text),
    left: z.array(z.strictObject({ path: text, why: text })),
    exitCode: z.int().nullable(),
  }),
  'andon daemon upgrade': ok({
    from: z.strictObject({ version: text, pid: z.int() }),
    to: z.strictObject({ version: text, pid: z.int() }),
    by: z.enum(['systemd', 'andon']),
    hosts: kept,
    resources: kept,
  }),
  'andon up': ok({ pid: z.int(), runtimeDir: text, output: text }),
  'andon down': ok({
    pid: z.int(),
    leaveResources: z.boolean(),
    remaining: z.array(z.strictObject({ name: text, state: text, note: text })),
  }),
  'andon type register': ok({ name: text, ...CONTROL.typeRegister.result.shape }),
  'andon resource add': ok({ name: text, ...CONTROL.resourceAdd.result.shape }),
  'andon resource set': ok({ name: text, ...CONTROL.resourceSet.result.shape }),
  'andon online web': ok({ ...changed, ...CONTROL.online.result.shape }),
  'andon offline web': ok({ ...changed, ...CONTROL.offline.result.shape }),
  'andon fail': ok({ name: text, incarnation: z.int(), by: text }),
  'andon control': ok({ ...CONTROL.control.result.shape }),
  'andon reload': ok({ dryRun: z.boolean(), ...CONTROL.reload.result.shape }),
  'andon apply': ok({ dryRun: z.boolean(), ...CONTROL.apply.result.shape }),
  'andon incidents remove': ok({ removed: z.array(text) }),
  'andon bundle': ok({
    path: text,
    bytes: z.int(),
    entries: z.array(z.strictObject({ name: text, bytes: z.int() })),
    leftOut: z.strictObject({ values: z.int(), replaced: z.int() }),
    warnings: z.array(text),
  }),
  'andon resource remove': ok({ name: text, ...CONTROL.resourceRemove.result.shape }),
};
const EXAMPLES = blocksOf('docs/json.md').filter(({ language }) => language === 'json');

test.each(EXAMPLES)('$heading', ({ heading, text: example }) => {
  const [, schema] = Object.entries(PRINTED).find(([command]) => heading.startsWith(command)) ?? [];
  if (!schema) throw new Error(`no schema for "${heading}"`);

  expect(schema.safeParse(JSON.parse(example)).error?.message).toBeUndefined();
});

test('every schema has its example', () => {
  const without = Object.keys(PRINTED).filter((command) => !EXAMPLES.some(({ heading }) => heading.startsWith(command)));

  expect(without).toEqual([]);
});

test('the error in the first example is what the registry says', () => {
  const { code, message, remedy } = new AndonError('unknownResource', { name: 'nothing', suggestion: '' });

  expect(JSON.parse(EXAMPLES[0]?.text ?? '')).toEqual({ ok: false, error: { code, message, remedy } });
});
