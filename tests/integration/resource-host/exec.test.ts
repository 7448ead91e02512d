import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applications, fileAppears } from './applications.ts';
import { TOKEN } from './daemon-player.ts';
import { ScriptedResource } from './exec-script.ts';

const EVENT = '# andon: event-handle';

describe('the exit code', () => {
  const words = [
    [1, 'exit code 1 (generic error)'],
    [2, 'exit code 2 (wrong arguments); look at the properties args and env'],
    [3, 'exit code 3 (not implemented); the script has to know this word'],
    [4, 'exit code 4 (insufficient privileges); the user of the daemon may not do this: let it'],
    [5, 'exit code 5 (not installed); install what the script needs'],
    [6, 'exit code 6 (not configured); complete the properties of the resource'],
    [7, 'exit code 7 (not running)'],
    [42, 'exit code 42'],
    [126, 'exit code 126 (not executable); chmod +x'],
    [127, 'exit code 127 (command not found); something that the script calls is not in PATH'],
  ] as const;

  test('of online: 0 is online, any other an error that says what to do', async () => {
    const web = await ScriptedResource.open();
    await web.player.onlineAtLast('web', 1, web.properties());
    let incarnation = 1;
    for (const [code, message] of words) {
      await web.player.terminate('web', incarnation);
      web.does('online', `exit ${code}`);
      expect(await web.player.onlineFailure('web', ++incarnation, web.properties())).toBe(`./service online: ${message}`);
    }
  });

  test('of isalive and looksalive: 0 and 3 are alive, any other is not, and the reason tells it', async () => {
    const web = await ScriptedResource.open();
    await web.player.onlineAtLast('web', 1, web.properties());
    for (const [code, message] of words) {
      web.does('isalive', `exit ${code}`);
      web.does('looksalive', `exit ${code}`);
      expect(await web.alive('isAlive')).toEqual(code === 3 ? { alive: true } : { alive: false, reason: `./service isalive: ${message}` });
      expect(await web.alive('looksAlive')).toMatchObject({ alive: code === 3 });
    }
  });

  test('of offline: 0 and 7 are offline, any other is an error', async () => {
    const web = await ScriptedResource.open();
    for (const [incarnation, code] of [0, 7].entries()) {
      web.does('offline', `exit ${code}`);
      await web.player.onlineAtLast('web', incarnation + 1, web.properties());
      await web.player.offlineAtLast('web', incarnation + 1);
    }
    web.does('offline', 'echo cannot unmount; exit 1');
    await web.player.onlineAtLast('web', 3, web.properties());
    expect(await web.offlineFailure(3)).toBe('./service offline: exit code 1 (generic error): cannot unmount');
  });

  test.each([0, 1, 3, 7])('of terminate: with %i it is cleaned up all the same', async (code) => {
    const web = await ScriptedResource.open({ online: 'sleep 601 & setsid sleep 602 &', terminate: `exit ${code}` });
    await web.player.onlineAtLast('web', 1, web.properties());
    expect(applications(web.player)).toHaveLength(2);
    expect(await web.player.terminate('web', 1)).toMatchObject({ ok: true });
    expect(applications(web.player)).toEqual([]);
    expect(web.runs).toEqual(['online', 'terminate']);
    // 0, 3 and 7 are what a script may say; anything else is told.
    expect(web.player.notifications.peek().map(({ params }) => params)).toEqual(
      code === 1 ? [{ level: 'warn', resourceId: 'web', text: './service terminate: exit code 1 (generic error)' }] : [],
    );
  });
});

describe('the reason', () => {
  test.each([
    ['its last line', 'echo first; echo "no route to db" >&2', 'no route to db'],
    ['what stands behind ocf-exit-reason:', 'echo "ocf-exit-reason:disk is full" >&2; echo bye', 'disk is full'],
  ])('is %s', async (_, says, reason) => {
    const web = await ScriptedResource.open({ online: `${says}; exit 1`, isalive: `${says}; exit 7` });
    expect(await web.player.onlineFailure('web', 1, web.properties())).toBe(`./service online: exit code 1 (generic error): ${reason}`);
  });

  test('is not what an earlier run has said', async () => {
    const web = await ScriptedResource.open({ online: 'echo all is well', isalive: 'exit 7' });
    await web.player.onlineAtLast('web', 1, web.properties());
    expect(await web.alive('isAlive')).toEqual({ alive: false, reason: './service isalive: exit code 7 (not running)' });
  });

  test('is the signal that killed it', async () => {
    const web = await ScriptedResource.open({ online: 'kill -9 $$' });
    expect(await web.player.onlineFailure('web', 1, web.properties())).toBe('./service online: killed by SIGKILL');
  });
});

describe('a script that cannot be run', () => {
  test('is an error of online, with path and reason', async () => {
    const web = await ScriptedResource.open();
    const plain = join(web.player.directory, 'plain');
    const lost = join(web.player.directory, 'lost');
    writeFileSync(plain, 'exit 0\n');
    chmodSync(plain, 0o644);
    writeFileSync(lost, '#!/no/such/interpreter\n');
    chmodSync(lost, 0o755);
    const problems = [
      [{ script: '/no/such/script' }, 'script /no/such/script: no such file (ENOENT)'],
      [{ script: plain }, `script ${plain}: not executable (EACCES); chmod +x ${plain}`],
      [{ script: '/etc' }, 'script /etc: is a folder (EISDIR)'],
      [{ script: '/bin/true', cwd: '/no/such/folder' }, 'cwd /no/such/folder: no such folder (ENOENT)'],
      [{ script: lost }, `cannot start ${lost}: its interpreter (the #! line) or loader is missing (ENOENT)`],
    ] as const;
    for (const [index, [properties, message]] of problems.entries()) {
      expect(await web.player.onlineFailure('web', index + 1, properties)).toBe(message);
      expect(await web.player.terminate('web', index + 1)).toMatchObject({ ok: true });
    }
  });

  test('any more is not alive, and what it left running is gone after terminate', async () => {
    const web = await ScriptedResource.open({ online: 'sleep 600 &' });
    await web.player.onlineAtLast('web', 1, web.properties());
    rmSync(web.path);
    expect(await web.alive('isAlive')).toEqual({ alive: false, reason: `script ${web.path}: no such file (ENOENT)` });
    expect(await web.player.terminate('web', 1)).toMatchObject({ ok: true });
    expect(applications(web.player)).toEqual([]);
  });
});

describe('a run of the script', () => {
  test('has its arguments, folder and environment, no secret and no descriptor of the host', async () => {
    const web = await ScriptedResource.open({ online: 'env > env; pwd > pwd; ls -l /proc/self/fd > fds' });
    const env = { GREETING: 'hello', ANDON_RESOURCE: 'other' };
    await web.player.onlineAtLast('web', 7, web.properties({ args: ['--port', '80 80'], env }));
    const read = (name: string): string => readFileSync(join(web.player.directory, name), 'utf8');
    expect(web.runs).toEqual(['online --port 80 80']);
    expect(read('pwd').trim()).toBe(web.player.directory);
    const andons = read('env')
      .split('\n')
      .filter((line) => /^(ANDON_|GREETING)/.test(line))
      .sort();
    expect(andons).toEqual([
      `ANDON_EVENT_HANDLE=${web.player.eventHandle}`,
      expect.stringMatching(/^ANDON_EXEC=web\/[0-9a-f]{16}$/),
      'ANDON_FAILURE_RECORD=web@7',
      'ANDON_INCARNATION=7',
      'ANDON_RESOURCE=web',
      'GREETING=hello',
    ]);
    expect(read('env')).not.toContain(TOKEN);
    expect(read('fds')).not.toContain(web.player.eventHandle);
  });

  test('prints into the log of the resource', async () => {
    const web = await ScriptedResource.open({ online: 'echo ready; echo careful >&2' });
    await web.player.onlineAtLast('web', 1, web.properties());
    expect(readFileSync(join(web.player.stateDirectory, 'logs/applications/web.log'), 'utf8')).toBe('ready\ncareful\n');
  });
});

describe('the contract', () => {
  const poll = { contract: 'poll' };
  const event = { contract: 'event' };
  test.each([
    ['auto', '', poll],
    ['auto', EVENT, event],
    ['auto', '// andon: event-handle', event],
    ['auto', '# this is no andon: event-handle', poll],
    ['event', '', event],
    ['poll', EVENT, poll],
  ])('%s, of a script with the line "%s", is %j', async (contract, head, expected) => {
    const web = await ScriptedResource.open({}, head.startsWith('//') ? `: <<'END'\n${head}\nEND` : head);
    const answer = await web.player.onlineAtLast('web', 1, web.properties({ contract, looksAliveMs: 70, isAliveMs: 80 }));
    expect(answer).toMatchObject(
      expected.contract === 'event' ? { eventHandle: web.player.eventHandle } : { looksAliveMs: 70, isAliveMs: 80 },
    );
  });

  test('event: what the script started writes a failure record by its environment', async () => {
    const watcher = '(while [ -e flag ]; do sleep 0.02; done; echo "$ANDON_FAILURE_RECORD flag is gone" > "$ANDON_EVENT_HANDLE") &';
    const web = await ScriptedResource.open({ online: `touch flag; ${watcher}` }, EVENT);
    await web.player.onlineAtLast('web', 3, web.properties());
    rmSync(join(web.player.directory, 'flag'));
    expect(await web.player.records.take()).toMatchObject({ resource: 'web', incarnation: 3, reason: 'flag is gone' });
  });
});

describe('offline', () => {
  test('ends also what the script has forgotten', async () => {
    const web = await ScriptedResource.open({ online: 'sleep 601 & setsid sleep 602 &' });
    await web.player.onlineAtLast('web', 1, web.properties());
    await web.player.offlineAtLast('web', 1);
    expect(web.runs).toEqual(['online', 'offline']);
    expect(applications(web.player)).toEqual([]);
  });
});

describe('terminate', () => {
  test('ends a running online with all that it has started', async () => {
    const web = await ScriptedResource.open({ online: 'setsid sleep 601 & echo > begun; sleep 600' });
    const online = web.player.online('web', 1, web.properties());
    await fileAppears(join(web.player.directory, 'begun'));
    expect(await web.player.terminate('web', 1)).toMatchObject({ ok: true });
    expect(applications(web.player)).toEqual([]);
    expect(await online).not.toMatchObject({ result: { contract: expect.anything() } });
    expect(existsSync(join(web.player.stateDirectory, 'exec/web.hung'))).toBe(false);
  });
});
