import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applications, fileAppears } from './applications.ts';
import { ScriptedResource, type Word } from './exec-script.ts';

const EVENT = '# andon: event-handle';
const LIMITS = { timeoutMs: 300 };

function cause(word: Word): string {
  return `./service ${word} did not return within 300 ms; in hang mode until: andon online web --clear-hang`;
}

/** The online after a hang, which is refused before anything is run. */
async function refusedOnline(web: ScriptedResource, incarnation: number): Promise<unknown> {
  const runs = web.runs.length;
  const answer = await web.player.online('web', incarnation, web.properties(LIMITS));
  expect(web.runs).toHaveLength(runs);
  expect(await web.player.terminate('web', incarnation)).toMatchObject({ ok: true });
  expect(web.runs).toHaveLength(runs);
  return answer;
}

describe('a word that does not return is killed, and the resource is in hang mode:', () => {
  test('online', async () => {
    const web = await ScriptedResource.open({ online: 'setsid sleep 601 & sleep 600' });
    expect(await web.player.onlineFailure('web', 1, web.properties(LIMITS))).toBe(cause('online'));
    expect(applications(web.player)).toEqual([]);
    await web.player.terminate('web', 1);
    expect(await refusedOnline(web, 2)).toMatchObject({ error: { code: 'hung', message: cause('online') } });
  });

  test('offline', async () => {
    const web = await ScriptedResource.open({ online: 'sleep 601 &', offline: 'sleep 600' });
    await web.player.onlineAtLast('web', 1, web.properties(LIMITS));
    expect(await web.offlineFailure(1)).toBe(cause('offline'));
    expect(applications(web.player)).toEqual([]);
    await web.player.terminate('web', 1);
    expect(web.runs).toEqual(['online', 'offline']);
    expect(await refusedOnline(web, 2)).toMatchObject({ error: { code: 'hung', message: cause('offline') } });
  });

  test('terminate, which is answered all the same', async () => {
    const web = await ScriptedResource.open({ online: 'sleep 601 &', terminate: 'sleep 600' });
    await web.player.onlineAtLast('web', 1, web.properties(LIMITS));
    expect(await web.player.terminate('web', 1)).toMatchObject({ ok: true });
    expect(applications(web.player)).toEqual([]);
    expect(await refusedOnline(web, 2)).toMatchObject({ error: { code: 'hung', message: cause('terminate') } });
  });

  test.each([
    ['looksalive', 'looksAlive'],
    ['isalive', 'isAlive'],
  ] as const)('%s, which is answered "not alive"', async (word, call) => {
    const web = await ScriptedResource.open({ online: 'sleep 601 &', [word]: 'sleep 600' });
    await web.player.onlineAtLast('web', 1, web.properties(LIMITS));
    expect(await web.alive(call)).toEqual({ alive: false, reason: cause(word) });
    expect(applications(web.player)).toEqual([]);
    await web.player.terminate('web', 1);
    expect(web.runs).toEqual(['online', word]);
    expect(await refusedOnline(web, 2)).toMatchObject({ error: { code: 'hung', message: cause(word) } });
  });
});

describe('hang mode', () => {
  async function hung(): Promise<ScriptedResource> {
    const web = await ScriptedResource.open({ isalive: 'sleep 600' });
    await web.player.onlineAtLast('web', 1, web.properties(LIMITS));
    await web.alive('isAlive');
    await web.player.terminate('web', 1);
    web.does('isalive', 'exit 0');
    return web;
  }

  test('outlives the host, which does not ask the script when it recovers', async () => {
    const web = await hung();
    expect(await web.recovered(web.properties(LIMITS))).toEqual({ found: 'nothing' });
    expect(web.runs).toEqual(['online', 'isalive']);
    expect(await refusedOnline(web, 2)).toMatchObject({ error: { code: 'hung' } });
  });

  test('ends with an online that clears it, and stays ended', async () => {
    const web = await hung();
    const params = { ...web.player.onlineParams('web', 2, web.properties(LIMITS)), clearHang: true };
    expect(await web.player.result('online', params, 'web@2/online')).toMatchObject({});
    expect(await web.alive('isAlive', 2)).toEqual({ alive: true });
    await web.player.offlineAtLast('web', 2);
    await web.player.onlineAtLast('web', 3, web.properties(LIMITS));
  });

  test('ends when the resource is removed', async () => {
    const web = await hung();
    await web.player.result('close', { resourceId: 'web' });
    await web.player.open('web', 'exec', web.properties());
    await web.player.onlineAtLast('web', 2, web.properties());
  });
});

test('a disk that takes no file of a script: what it prints is logged, a hang counts while the host lives', async () => {
  const web = await ScriptedResource.open({ isalive: 'echo fine' });
  await web.player.onlineAtLast('web', 1, web.properties(LIMITS));
  writeFileSync(join(web.player.stateDirectory, 'exec'), 'a file where the folder should be');
  expect(await web.alive('isAlive')).toEqual({ alive: true });
  expect(readFileSync(join(web.player.stateDirectory, 'logs/applications/web.log'), 'utf8')).toBe('fine\n');
  web.does('isalive', 'sleep 600');
  expect(await web.alive('isAlive')).toEqual({ alive: false, reason: cause('isalive') });
  await web.player.terminate('web', 1);
  expect(await refusedOnline(web, 2)).toMatchObject({ error: { code: 'hung', message: cause('isalive') } });
});

describe('the host is killed, and the next one', () => {
  test('adopts a polled resource that is alive: nothing is started or stopped', async () => {
    const web = await ScriptedResource.open({ online: 'sleep 600 &' });
    await web.player.onlineAtLast('web', 1, web.properties());
    const before = applications(web.player);
    expect(await web.recovered()).toEqual({ found: 'running' });
    await web.player.onlineAtLast('web', 2, web.properties());
    expect(applications(web.player)).toEqual(before);
    expect(web.runs).toEqual(['online', 'isalive']);
  });

  test('stops one with an event contract first: its watchers know an old incarnation', async () => {
    const web = await ScriptedResource.open({ online: 'sleep 600 &' }, EVENT);
    await web.player.onlineAtLast('web', 1, web.properties());
    const before = applications(web.player);
    expect(await web.recovered()).toEqual({ found: 'running' });
    await web.player.onlineAtLast('web', 2, web.properties());
    const after = applications(web.player);
    expect(after).toHaveLength(1);
    expect(after).not.toEqual(before);
    expect(web.runs).toEqual(['online', 'isalive', 'terminate', 'online']);
  });

  // C-10
  test.each([
    ['does not know isalive', 'exit 3'],
    ['is not alive', 'exit 7'],
  ])('stops what runs of a polled one that %s', async (_, isalive) => {
    const web = await ScriptedResource.open({ online: 'sleep 600 &', isalive });
    await web.player.onlineAtLast('web', 1, web.properties());
    expect(await web.recovered()).toEqual({ found: 'nothing' });
    await web.player.onlineAtLast('web', 2, web.properties());
    expect(applications(web.player)).toHaveLength(1);
    expect(web.runs).toEqual(['online', 'isalive', 'terminate', 'online']);
  });

  // C-10
  test('stops an online that goes on without its host', async () => {
    const web = await ScriptedResource.open({ online: 'echo > begun; sleep 600', isalive: 'exit 7' });
    await web.player.online('web', 1, web.properties());
    await fileAppears(join(web.player.directory, 'begun'));
    rmSync(join(web.player.directory, 'begun'));
    web.does('online', 'exit 0');
    await web.recovered();
    await web.player.onlineAtLast('web', 2, web.properties());
    expect(applications(web.player)).toEqual([]);
  });

  test('starts it anew when it was terminated in between', async () => {
    const web = await ScriptedResource.open({ online: 'sleep 600 &' });
    await web.player.onlineAtLast('web', 1, web.properties());
    expect(await web.recovered()).toEqual({ found: 'running' });
    expect(await web.player.terminate('web', 1)).toMatchObject({ ok: true });
    expect(applications(web.player)).toEqual([]);
    await web.player.onlineAtLast('web', 2, web.properties());
    expect(applications(web.player)).toHaveLength(1);
  });
});
