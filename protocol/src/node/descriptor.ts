import type { Socket } from 'node:net';

/** The file descriptor of a connected socket, which Node keeps in its handle and documents nowhere; null if it is not there. */
export function descriptorOf(socket: Socket): number | null {
  const handle: unknown = Reflect.get(socket, '_handle');
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : null;
  return typeof fd === 'number' && fd >= 0 ? fd : null;
}
