import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';

const LOOP = { type: 'object', properties: { x: { $ref: '#/$defs/loop' } }, $defs: { loop: { $ref: '#/$defs/loop' } } };

test('a JSON Schema that refers to itself without end is a mistake of who wrote it, and no trouble of the daemon', async () => {
  const daemon = await TestDaemon.start();
  const { client } = daemon;
  const register = (jsonSchema: object): Promise<unknown> =>
    client.request('typeRegister', { type: { name: 'ghost', command: ['/no/host'], jsonSchema } as never });
  await expect(register({ $ref: '#' })).rejects.toMatchObject({
    code: 'invalidProperty',
    message: expect.stringContaining('refers to itself without end'),
  });
  // Only what is set below shows that this one does not end either.
  await register(LOOP);
  const added = client.request('resourceAdd', { resource: { name: 'it', type: 'ghost', set: { x: 1 } } });
  await expect(added).rejects.toMatchObject({ code: 'invalidProperty', message: expect.stringContaining('refers to itself without end') });
  expect(daemon.output).not.toContain('internal error');
});
