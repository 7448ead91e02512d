import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary.ts';
import { checkHost } from '../integration/host-check/check-host.ts';

const BUILT_IN_HOST = join(import.meta.dirname, '../../resource-host/bin/andon-resource-host.js');
const SCRIPT = `#!/bin/sh
# andon: event-handle
case "$1" in
  online)
    sleep 600 & echo $! > "$FOLDER/$ANDON_RESOURCE.pid"
    (while kill -0 "$(cat "$FOLDER/$ANDON_RESOURCE.pid")"; do sleep 0.1; done
      [ -p "$ANDON_EVENT_HANDLE" ] && echo "$ANDON_FAILURE_RECORD it ended" > "$ANDON_EVENT_HANDLE") 2> /dev/null &
    ;;
  isalive) kill -0 "$(cat "$FOLDER/$ANDON_RESOURCE.pid")" || exit 7 ;;
esac
`;

/** What the kit does not find fulfilled. */
async function breaches(contract: 'event' | 'poll'): Promise<string[]> {
  const folder = temporaryFolder();
  const script = join(folder, 'service.sh');
  writeFileSync(script, SCRIPT);
  chmodSync(script, 0o755);
  const properties = [`script=${script}`, `env={"FOLDER":"${folder}"}`, `contract=${contract}`].flatMap((property) => ['--set', property]);
  const induce = ['--induce-failure', `kill -KILL "$(cat ${folder}/$ANDON_RESOURCE.pid)"`];
  const command = [process.execPath, BUILT_IN_HOST, '--builtin'];
  const { report } = await checkHost(['--type', 'exec', ...properties, ...induce], command);
  return report.checks.filter(({ result }) => result !== 'pass' && result !== 'notApplicable').map(({ id }) => id);
}

describe('the host of exec', () => {
  test('passes with a script that is polled', { timeout: 120_000 }, async () => {
    expect(await breaches('poll')).toEqual([]);
  });

  test(
    'passes with a script that tells of its failures, but knows nothing of records that it did not write',
    { timeout: 120_000 },
    async () => {
      expect(await breaches('event')).toEqual(['R-4', 'E-5', 'E-7']);
    },
  );
});
