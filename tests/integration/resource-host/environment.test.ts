import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TOKEN } from './daemon-player.ts';
import { connectedHost, fixture } from './host-test.ts';

test('what a host starts does not inherit the token of its host', async () => {
  const { player } = await connectedHost(fixture('environment.ts'));
  await player.result('startup', { types: ['environment'] });
  const path = join(player.directory, 'env');
  await player.open('it', 'environment', { path });
  await player.onlineAtLast('it', 1, { path });
  const seen = readFileSync(path, 'utf8');
  expect(seen).toContain('ANDON_EVENT_HANDLE=');
  expect(seen).not.toContain(TOKEN);
});
