import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export const TRANSCRIPTS = fileURLToPath(new URL('../../../protocol/schema/v1/transcripts/', import.meta.url));

const Frame = z.object({
  type: z.string(),
  data: z.object({ id: z.string().optional(), method: z.string().optional() }).catchall(z.json()),
});
export type Frame = z.infer<typeof Frame>;

/** One line of a transcript: who did what. The README beside the transcripts explains each form. */
export const Line = z.union([
  z.strictObject({ at: z.literal('daemon'), starts: z.literal('host') }),
  z.strictObject({ at: z.literal('daemon'), frame: Frame, text: z.string(), added: z.literal(true).optional() }),
  z.strictObject({ at: z.literal('daemon'), closes: z.literal('connection') }),
  z.strictObject({ at: z.literal('host'), connects: z.literal('socket') }),
  z.strictObject({ at: z.literal('host'), frame: Frame, text: z.string() }),
  z.strictObject({ at: z.literal('host'), exits: z.union([z.int(), z.string()]) }),
  z.strictObject({ at: z.literal('pipe'), text: z.string() }),
  z.strictObject({ at: z.literal('world'), signals: z.string() }),
]);
export type Line = z.infer<typeof Line>;

export function parseTranscript(text: string): Line[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Line.parse(JSON.parse(line)));
}

export function readTranscript(name: string): Line[] {
  return parseTranscript(readFileSync(join(TRANSCRIPTS, `${name}.jsonl`), 'utf8'));
}

export function formatTranscript(lines: readonly Line[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** Where the transcripts say that the daemon is. */
export const RUNTIME_FOLDER = '/run/andon';
export const TOKEN = '0'.repeat(32);
const PID = 4711;

/** Takes out of a line what differs from one recording to the next: paths, token, process id and version. */
export function normalised(line: string, runtimeFolder: string): string {
  return line
    .replaceAll(runtimeFolder, RUNTIME_FOLDER)
    .replaceAll(/(token\\*":\\*")[0-9a-f]{32}/g, `$1${TOKEN}`)
    .replaceAll(/(pid\\*":)\d+/g, `$1${PID}`)
    .replaceAll(/(version\\*":\\*")[^"\\]*/g, '$11.0.0');
}
