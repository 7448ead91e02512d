// Loaded before the real andond by NODE_OPTIONS. It puts itself around methods of the daemon's adapters and ends the process by SIGKILL at the
// named passage, so that the product needs no fail points. Without ANDON_KILL_POINT it changes nothing.
import { appendFileSync } from 'node:fs';
import { QueuedConnection } from '../../protocol/src/node/connection.ts';
import { Daemon } from '../../daemon/src/shell/daemon.ts';
import { HostSlot } from '../../daemon/src/shell/hosts/host-slot.ts';
import { PosixEventHandle } from '../../daemon/src/shell/posix/event-handle.ts';
import { PosixEventHandles } from '../../daemon/src/shell/posix/event-handles.ts';
import { PosixProcesses } from '../../daemon/src/shell/posix/processes.ts';
import { SqliteStore } from '../../daemon/src/shell/store/sqlite-store.ts';

const [wanted = '', passage = '1'] = (process.env['ANDON_KILL_POINT'] ?? '').split('#');
let passages = 0;

/** The daemon passes a point here, and may not live on. */
function pass(point: string): void {
  if (point !== wanted || ++passages !== Number(passage)) return;
  appendFileSync(process.env['ANDON_KILL_LOG'] ?? '', `${point}\n`);
  process.kill(process.pid, 'SIGKILL');
}

type Names = (self: unknown, args: readonly unknown[]) => string | null;

/** Makes a method pass `before NAME` and `after NAME`; one that promises something is over when the promise is. */
function surround(prototype: object, method: string, name: Names): void {
  const original: unknown = Reflect.get(prototype, method);
  if (typeof original !== 'function') throw new Error(`kill points: there is no method ${method} any more`);
  Reflect.set(prototype, method, function surrounded(this: unknown, ...args: unknown[]): unknown {
    const point = name(this, args);
    if (point !== null) pass(`before ${point}`);
    const result: unknown = Reflect.apply(original, this, args);
    if (point === null) return result;
    if (!(result instanceof Promise)) {
      pass(`after ${point}`);
      return result;
    }
    return result.then((value: unknown) => {
      pass(`after ${point}`);
      return value;
    });
  });
}

const administrators = new WeakSet<object>();

/** A frame is named by what it is: a call of an entry point, a greeting, or the answer an administrator waits for. */
function nameFrame(connection: unknown, [type, data]: readonly unknown[]): string | null {
  if (connection instanceof QueuedConnection && administrators.has(connection)) {
    return type === 'response' ? 'answer to the administrator' : null;
  }
  if (type !== 'request') return `frame ${String(type)}`;
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return `frame ${/"method":"(\w+)"/.exec(text)?.[1] ?? 'without a method'}`;
}

/** The bytes are out of the pipe before the listener hears them, and nobody else has them. */
function surroundReading(): void {
  let lastHeard = '';
  const { read } = PosixEventHandle.prototype;
  PosixEventHandle.prototype.read = function surrounded(listener): void {
    read.call(this, (bytes) => {
      if (lastHeard !== '' && lastHeard !== this.path) pass('between two pipes');
      lastHeard = this.path;
      pass('before a read is heard');
      listener(bytes);
      pass('after a read is heard');
    });
  };
}

function instrument(): void {
  const named =
    (name: string): Names =>
    () =>
      name;
  surroundReading();
  surround(QueuedConnection.prototype, 'send', nameFrame);
  surround(QueuedConnection.prototype, 'sendText', nameFrame);
  surround(Daemon.prototype, 'admitAdministrator', (_self, [connection]) => {
    if (connection instanceof QueuedConnection) administrators.add(connection);
    return null;
  });
  const ofStore = ['append', 'saveIncarnation', 'saveWanted', 'changeConfiguration', 'deleteInstance', 'saveHost', 'deleteHost', 'close'];
  for (const method of ofStore) surround(SqliteStore.prototype, method, named(`store ${method}`));
  surround(PosixEventHandles.prototype, 'create', named('pipe made'));
  surround(PosixEventHandles.prototype, 'reopen', named('pipe reopened'));
  surround(PosixProcesses.prototype, 'spawn', named('host spawned'));
  surround(Daemon.prototype, 'adopt', named('adoption'));
  surround(Daemon.prototype, 'stop', named('stop begins'));
  surround(HostSlot.prototype, 'leave', named('host let go'));
}

if (wanted !== '' && /andond(\.js)?$/.test(process.argv[1] ?? '')) instrument();
