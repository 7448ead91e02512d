import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The uid and gid of the attacker: nobody's on every common system. It owns nothing that a test made. */
export const ATTACKER = 65_534;
export const isRoot = process.getuid?.() === 0;

const run = promisify(execFile);

/**
 * Node begins as root, since the checkout may lie where nobody else may look, and gives up every group and its uid before it tries
 * anything. `attempts` is an object of functions; what each comes to is `done`, or the code of its error.
 */
const PRELUDE = `
process.setgroups(JSON.parse(process.argv[2])); process.setgid(${ATTACKER}); process.setuid(${ATTACKER});
const fs = require('node:fs'); const net = require('node:net'); const { join } = require('node:path');
const folder = process.argv[1];
const connect = (path) => new Promise((resolve, reject) => {
  const socket = net.connect(path, () => { socket.destroy(); resolve(); }).on('error', reject);
});
const say = (path, frame) => new Promise((resolve, reject) => {
  let answer = '';
  const socket = net.connect(path, () => socket.write(JSON.stringify(frame) + '\\f')).on('error', reject);
  socket.on('data', (bytes) => (answer += bytes)).on('close', () => resolve(answer));
});
const ask = (path, method, params = {}) => new Promise((resolve, reject) => {
  const socket = net.connect(path, () => socket.write(JSON.stringify({ type: 'request', data: { id: '1', method, params } }) + '\\f')).on('error', reject);
  socket.once('data', (bytes) => { socket.destroy(); const { data } = JSON.parse(String(bytes).split('\\f')[0]); resolve(data.ok ? 'answered' : data.error.code); });
});
`;
const TRY_ALL = `
(async () => {
  const outcomes = {};
  for (const [name, attempt] of Object.entries(attempts)) {
    try { outcomes[name] = (await attempt()) ?? 'done'; } catch (error) { outcomes[name] = error.code ?? String(error); }
  }
  console.log(JSON.stringify(outcomes));
})();
`;

/** Tries each of these as another user, who is in `groups`, in order. `attempts` is the text of an object of functions, which know `folder`. */
export async function asAnotherUser(folder: string, attempts: string, groups: readonly number[] = []): Promise<Record<string, unknown>> {
  const { stdout } = await run(process.execPath, [
    '-e',
    `${PRELUDE}const attempts = ${attempts};${TRY_ALL}`,
    folder,
    JSON.stringify(groups),
  ]);
  const outcomes: unknown = JSON.parse(stdout);
  return Object.fromEntries(Object.entries(outcomes ?? {}));
}
