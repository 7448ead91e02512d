import { ENTRY_POINTS, FRAME_END, HOST_REQUESTS } from '@andon/protocol';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { SCENARIOS } from '../support/transcripts/scenarios.ts';
import { section } from './protocol-text.ts';
import { type Frame, readTranscript, TRANSCRIPTS } from '../support/transcripts/transcript.ts';

const names = readdirSync(TRANSCRIPTS)
  .filter((name) => name.endsWith('.jsonl'))
  .map((name) => name.slice(0, -'.jsonl'.length));

function fits(schema: string, value: unknown): boolean {
  const json: z.core.JSONSchema.JSONSchema = JSON.parse(readFileSync(join(TRANSCRIPTS, '..', `${schema}.schema.json`), 'utf8'));
  return z.fromJSONSchema(json).safeParse(value).success;
}

function schemaOf(method: string): string {
  return Object.hasOwn(ENTRY_POINTS, method) ? `call.${method}` : `request.${method}`;
}

/** The schemas that a frame has to fit, with the part that each is for. `asked`: methods of the requests so far, by id. */
function claims({ type, data }: Frame, asked: Map<string, string>): [string, unknown][] {
  const { id = '', method = '' } = data;
  const frame: [string, unknown] = [`frame.${type}`, data];
  if (type === 'notify') return [frame, [`notify.${method}`, data['params']]];
  if (type === 'request') {
    asked.set(id, method);
    return [frame, [`${schemaOf(method)}.params`, data['params']]];
  }
  if (type === 'response' && data['ok'] === true) return [frame, [`${schemaOf(asked.get(id) ?? '')}.result`, data['result']]];
  return [frame];
}

describe('the transcripts', () => {
  test('are those of the scenarios', () => {
    expect(names.sort()).toEqual(Object.keys(SCENARIOS).sort());
  });

  test.each(names)('%s holds frames as the published schemas want them, and each as it was sent', (name) => {
    const asked = new Map<string, string>();
    for (const line of readTranscript(name)) {
      if (!('frame' in line)) continue;
      expect(line.text).toBe(`${JSON.stringify(line.frame)}${FRAME_END}`);
      // What was added to be refused is wrong on purpose.
      const checked = claims(line.frame, asked).filter(() => !('added' in line));
      expect(checked.filter(([schema, value]) => !fits(schema, value))).toEqual([]);
    }
  });

  test('are where the bytes in PROTOCOL.md come from', () => {
    const dumps = section('### The first exchange, as bytes')
      .split(/^(?:daemon|host): .*$/m)
      .slice(1);
    const said = dumps.map((dump) => [...dump.matchAll(/^[0-9a-f]{4} {2}((?:[0-9a-f]{2,8} )+) /gm)].map(([, hex]) => hex).join(''));
    const texts = readTranscript('greeting').flatMap((line) => ('frame' in line ? [line.text] : []));
    expect(said).toHaveLength(4);
    expect(texts).toEqual(expect.arrayContaining(said.map((hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex').toString())));
  });

  test('show every call that the daemon sends but ping and close, and a report', () => {
    const frames = names.flatMap((name) =>
      readTranscript(name).flatMap((line) => ('frame' in line && !('added' in line) ? [line.frame] : [])),
    );
    const methods = new Set(frames.map(({ data }) => data.method));
    const unseen = [...Object.keys(ENTRY_POINTS), ...Object.keys(HOST_REQUESTS)].filter((method) => !methods.has(method));
    expect(unseen).toEqual(['resourceTypeControl', 'close', 'ping', 'extendControl', 'setProperties', 'createEventHandle']);
  });
});
