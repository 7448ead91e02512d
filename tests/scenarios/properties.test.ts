import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TestDaemon } from '../support/daemon.ts';
import { happened } from '../support/history.ts';
import { called } from '../support/host-calls.ts';

async function startOnline(more: Record<string, unknown> = {}): Promise<TestDaemon> {
  const daemon = await TestDaemon.start();
  await daemon.scripted('demo');
  await daemon.add('web', 'demo', {}, more);
  await daemon.online('web');
  return daemon;
}

test('S51: a private property that changes while Online is stored, and takes effect at the next online', async () => {
  const daemon = await startOnline();
  const { code, stdout, stderr } = await daemon.andon('resource', 'set', 'web', '--set', 'color=red');
  expect(code).toBe(0);
  expect(stdout + stderr).toContain('stored, takes effect at next online');
  await daemon.do('web', { action: 'counts' });
  expect(daemon.calls('web')).toEqual(['open', 'online', 'resourceControl']);
  expect((await daemon.status('web')).state).toBe('Online');

  await daemon.andon('offline', 'web');
  await daemon.online('web');
  const [first, second] = await called(daemon, 'web', 'online', 2);
  expect(first?.['properties']).toEqual({ script: {} });
  expect(second?.['properties']).toEqual({ script: {}, color: 'red' });
});

test('S51: a private property that the type does not declare is refused before it is stored', async () => {
  const daemon = await TestDaemon.start();
  await daemon.scripted('plain');
  const { types } = await daemon.client.request('typeList', {});
  const command = types.find(({ name }) => name === 'plain')?.command ?? [];
  const jsonSchema = {
    type: 'object',
    properties: { script: {}, port: { type: 'integer' } },
    additionalProperties: false,
  };
  await daemon.client.request('typeRegister', { type: { name: 'strict', command, jsonSchema } });
  await daemon.add('web', 'strict');
  await daemon.online('web');

  expect(await daemon.andon('resource', 'set', 'web', '--set', 'prot=80')).toMatchObject({ code: 4 });
  expect(await daemon.andon('resource', 'set', 'web', '--set', 'port=eighty')).toMatchObject({ code: 4 });
  expect(await daemon.andon('resource', 'set', 'web', '--set', 'port=80')).toMatchObject({ code: 0 });
  const { definition } = await daemon.client.request('resourceShow', { name: 'web' });
  expect(definition.set).toEqual({ script: {}, port: 80 });
});

test('S52: a control code that the host does not support gets the default handling of the daemon', async () => {
  const daemon = await startOnline();
  const state = await daemon.client.request('control', { name: 'web', code: 'getState' });
  expect(state).toEqual({ handledBy: 'daemon', output: { state: 'Online', incarnation: 1 } });
  const own = await daemon.client.request('control', {
    name: 'web',
    code: 'do',
    input: { action: 'script' },
  });
  expect(own).toEqual({ handledBy: 'host', output: {} });
  expect(daemon.calls('web')).toEqual(['open', 'online', 'resourceControl', 'resourceControl']);

  const { stdout } = await daemon.andon('control', 'web', 'getPrivateProperties');
  expect(JSON.parse(stdout)).toEqual({ script: {} });
  await expect(daemon.client.request('control', { name: 'web', code: 'dance' })).rejects.toMatchObject({
    code: 'hostRefusedCall',
  });
});

// D-24
test('S53: a log event carries its type and its resource, and overlong text is cut', async () => {
  const daemon = await startOnline();
  const text = `begin ${'x'.repeat(20_000)}`;
  await daemon.do('web', {
    action: 'notify',
    method: 'log',
    params: { level: 'warn', text, resourceId: 'web' },
  });
  const logged = await daemon.client.next('logged', 'web');

  expect(logged).toMatchObject({ level: 'warn', host: 'demo', text: text.slice(0, 1_024) });
  const log = readFileSync(join(daemon.folder, 'state', 'logs', 'andond.log'), 'utf8');
  const line: unknown = JSON.parse(log.split('\n').find((written) => written.includes('begin xxx')) ?? '{}');
  expect(line).toMatchObject({
    msg: 'logged',
    type: 'demo',
    resource: 'web',
    host: 'demo',
    text: logged['text'],
  });
});

test('S54: in-memory values are visible, and gone after a restart of the resource', async () => {
  const daemon = await startOnline();
  const params = { resourceId: 'web', statusText: '3 clients', data1: 7, data2: 0.5 };
  await daemon.do('web', { action: 'ask', method: 'setProperties', params });
  expect(await daemon.status('web')).toMatchObject({ statusText: '3 clients', data1: 7, data2: 0.5 });
  const { stdout } = await daemon.andon('status', 'web');
  expect(stdout).toContain('3 clients');

  await daemon.do('web', { action: 'kill' }).catch(() => undefined);
  await daemon.client.event(({ kind, resource, incarnation }) => kind === 'online' && resource === 'web' && incarnation === 2);
  expect(await daemon.status('web')).toMatchObject({ statusText: '', data1: null, data2: null });
});

test('S54: in-memory values are gone after a restart of the daemon', async () => {
  const daemon = await startOnline();
  const params = { resourceId: 'web', statusText: '3 clients', data1: 7 };
  await daemon.do('web', { action: 'ask', method: 'setProperties', params });
  await daemon.crash();
  await daemon.up();
  await happened(daemon, ({ kind }) => kind === 'hostAdopted');
  expect(await daemon.status('web')).toMatchObject({
    incarnation: 1,
    statusText: '',
    data1: null,
    data2: null,
  });
});
