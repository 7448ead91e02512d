import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Player } from '../../support/transcripts/player.ts';
import { RECORDED_HOST } from '../../support/transcripts/recording.ts';
import { SCENARIOS } from '../../support/transcripts/scenarios.ts';
import { formatTranscript, type Line, readTranscript, TRANSCRIPTS } from '../../support/transcripts/transcript.ts';

/** `npm run record`: the transcripts are written anew instead of compared. */
const isRecording = process.env['ANDON_RECORD'] !== undefined;

/** What each of them said: two that speak at once have no order between them. */
function byParty(lines: readonly Line[]): Map<string, Line[]> {
  return Map.groupBy(lines, ({ at }) => at);
}

describe('the transcripts are what daemon and host say today (else: npm run record)', () => {
  test.each(Object.entries(SCENARIOS))('%s', async (name, play) => {
    const { lines } = await play();
    if (isRecording) writeFileSync(join(TRANSCRIPTS, `${name}.jsonl`), formatTranscript(lines));

    expect(byParty(lines)).toEqual(byParty(readTranscript(name)));
  });
});

describe('a host that hears the daemon of the transcript says the same', () => {
  test.skipIf(isRecording).each(Object.keys(SCENARIOS))('%s', async (name) => {
    const transcript = readTranscript(name);

    expect(await new Player(RECORDED_HOST).play(transcript)).toEqual(transcript);
  });
});
