import { statSync } from 'node:fs';
import { join } from 'node:path';
import { serveFrames } from '@andon/protocol/node';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../support/temporary.ts';

test('a socket is never open to others before its mode is set, whatever the umask', async () => {
  const before = process.umask(0);
  onTestFinished(() => void process.umask(before));
  const path = join(temporaryFolder(), 'a.sock');
  const listening = serveFrames({
    path,
    mode: 0o600,
    accept: () => ({ onFrame: () => undefined, onClosed: () => undefined }),
    onTrouble: () => undefined,
  });
  const modeWhenBound = statSync(path).mode & 0o777;
  const server = await listening;
  onTestFinished(() => server.close());
  expect([modeWhenBound & 0o077, statSync(path).mode & 0o777]).toEqual([0, 0o600]);
});
