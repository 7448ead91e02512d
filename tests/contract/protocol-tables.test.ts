import {
  CONTROL,
  CONTROL_NOTIFICATIONS,
  ENTRY_POINTS,
  ERRORS,
  FRAMES,
  GOODBYE_CODES,
  HOST_REQUESTS,
  HostedResource,
  NOTIFICATIONS,
  ROLE_FOR,
  WIRE_ERROR_CODES,
} from '@andon/protocol';
import * as limits from '@andon/protocol/limits';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { jsonSchema } from '../../protocol/scripts/schema-files.ts';
import { headings, quoted, section, table } from './protocol-text.ts';

const Shape = z.object({
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
  anyOf: z.array(z.unknown()).default([]),
  oneOf: z.array(z.unknown()).default([]),
});

/** Names of the members that a schema knows, in any of its alternatives. */
function members(schema: z.ZodType): string[] {
  const collect = (json: unknown): string[] => {
    const { properties, anyOf, oneOf } = Shape.parse(json);
    return [...Object.keys(properties), ...[...anyOf, ...oneOf].flatMap(collect)];
  };
  return [...new Set(collect(jsonSchema('', schema)))].sort();
}

/** The same, with `?` behind those that may be absent, as the table of control methods writes them. */
function markedMembers(schema: z.ZodType): string[] {
  const { properties, required } = Shape.parse(jsonSchema('', schema));
  return Object.keys(properties)
    .map((name) => (required.includes(name) ? name : `${name}?`))
    .sort();
}

function documented(heading: string, side: string): string[] {
  return table(section(heading), '| field |')
    .flatMap(([field]) => quoted(field))
    .filter((field) => field.startsWith(`${side}.`))
    .map((field) => field.slice(side.length + 1))
    .sort();
}

const sorted = (names: Iterable<string>): string[] => [...names].sort();

describe('PROTOCOL.md and the tables name the same', () => {
  test('frames', () => {
    expect(sorted(headings(/^### Frame `(\w+)`$/))).toEqual(sorted(Object.keys(FRAMES)));
  });

  test.each(Object.entries<z.ZodType>(FRAMES))('members of the frame %s', (name, schema) => {
    const rows = table(section(`### Frame \`${name}\``), '| member |');
    expect(sorted(rows.flatMap(([member]) => quoted(member)))).toEqual(members(schema));
  });

  test('members of a resource in hello', () => {
    const [, after = ''] = section('### Frame `hello`').split('Each member of `resources`:');
    expect(sorted(table(after, '| member |').flatMap(([member]) => quoted(member)))).toEqual(members(HostedResource));
  });

  test('calls', () => {
    expect(sorted(headings(/^### `(\w+)`$/))).toEqual(sorted(Object.keys(ENTRY_POINTS)));
  });

  test.each(Object.entries(ENTRY_POINTS).filter(([name]) => name !== 'ping'))(
    'params and result of the call %s',
    (name, { params, result }) => {
      expect(documented(`### \`${name}\``, 'params')).toEqual(members(params));
      expect(documented(`### \`${name}\``, 'result')).toEqual(members(result));
    },
  );

  test('calls that have a limit', () => {
    const rows = table(section('## 5. Calls'), '| call | limit |');
    expect(sorted(rows.flatMap(([call]) => quoted(call)))).toEqual(sorted(Object.keys(ENTRY_POINTS)));
  });

  test('requests of a host', () => {
    expect(sorted(headings(/^### Request `(\w+)`$/))).toEqual(sorted(Object.keys(HOST_REQUESTS)));
  });

  test.each(Object.entries(HOST_REQUESTS))('params and result of the request %s', (name, { params, result }) => {
    expect(documented(`### Request \`${name}\``, 'params')).toEqual(members(params));
    expect(documented(`### Request \`${name}\``, 'result')).toEqual(members(result));
  });

  test('notifications', () => {
    expect(sorted(headings(/^### Notification `(\w+)`$/))).toEqual(sorted(Object.keys(NOTIFICATIONS)));
  });

  test.each(Object.entries<z.ZodType>(NOTIFICATIONS))('params of the notification %s', (name, schema) => {
    expect(documented(`### Notification \`${name}\``, 'params')).toEqual(members(schema));
  });

  test('errors on the wire and codes of goodbye', () => {
    const rows = table(section('## 9. Errors'), '| wire error |');
    expect(rows.flatMap(([code]) => quoted(code))).toEqual([...WIRE_ERROR_CODES]);
    const [code] = table(section('### Frame `goodbye`'), '| member |');
    expect(quoted(code?.[2])).toEqual([...GOODBYE_CODES]);
  });

  test('control methods, with their params and results', () => {
    const rows = table(section('### 15.1 Methods'), '| method |');
    const described = rows.map(([method, params, result]) => [quoted(method)[0], sorted(quoted(params)), sorted(quoted(result))]);
    const tabled = Object.entries(CONTROL).map(([method, { params, result }]) => [method, markedMembers(params), markedMembers(result)]);
    expect(described).toEqual(tabled);
  });

  test('notifications of the control socket', () => {
    const rows = table(section('### 15.2 Notifications'), '| notification |');
    const described = rows.map(([method, params]) => [quoted(method)[0], sorted(quoted(params))]);
    expect(described).toEqual(Object.entries(CONTROL_NOTIFICATIONS).map(([method, schema]) => [method, markedMembers(schema)]));
  });

  test('errors of the control socket, with their exit codes', () => {
    const rows = table(section('### 15.3 Errors'), '| error |');
    expect(rows.map(([code, exit]) => [quoted(code)[0], Number(exit)])).toEqual(
      Object.entries(ERRORS).map(([code, { exit }]) => [code, exit]),
    );
  });

  test('what is observable', () => {
    const [, listed = ''] = /all but what is observable: (.*?)\.\n/.exec(section('## 15. The control protocol')) ?? [];
    expect(quoted(listed)).toEqual(Object.entries(ROLE_FOR).flatMap(([method, role]) => (role === 'observer' ? [method] : [])));
  });

  test('limits, with their values', () => {
    const rows = table(section('## 16. Limits'), '| name |');
    const described = Object.fromEntries(rows.map(([name, value]) => [quoted(name)[0], (value ?? '').replaceAll('`', '')]));
    const tabled = Object.fromEntries(Object.entries(limits).map(([name, value]) => [name, JSON.stringify(value).replaceAll('"', '')]));
    expect(described).toEqual(tabled);
  });
});
