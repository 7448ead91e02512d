import { watch } from 'node:fs';
import { type Server, type Socket, createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** A service on a unix socket: it takes its time to greet, and drops everybody, and whoever comes next, when it fails. */
class GreetingService {
  readonly #clients = new Set<Socket>();
  readonly #server: Server;
  #failing = false;

  constructor(greetsAfterMs: number) {
    this.#server = createServer((client) => {
      client.on('error', () => client.destroy());
      client.once('close', () => this.#clients.delete(client));
      this.#clients.add(client);
      if (this.#failing) {
        this.#failing = false;
        client.destroy();
      } else {
        void pause(greetsAfterMs, undefined, { ref: false }).then(() => client.write('220 ready\n'));
      }
    });
  }

  async listen(path: string): Promise<void> {
    this.#server.listen(path);
    await once(this.#server, 'listening');
  }

  fail(): void {
    this.#failing = true;
    for (const client of this.#clients) client.destroy();
  }

  close(): void {
    this.#server.close();
    for (const client of this.#clients) client.destroy();
  }
}

/** One service for each of these names at `FOLDER/NAME.sock`; it fails when a file `FOLDER/NAME.fail` is written. */
export async function greetingServices(folder: string, names: readonly string[], greetsAfterMs: number): Promise<void> {
  const services = new Map<string, GreetingService>();
  for (const name of names) {
    const service = new GreetingService(greetsAfterMs);
    services.set(`${name}.fail`, service);
    await service.listen(join(folder, `${name}.sock`));
  }
  const watcher = watch(folder, (event, file) => {
    // Each writing appends: one event for it, whether or not the file was there.
    if (event === 'change') services.get(file ?? '')?.fail();
  });
  onTestFinished(() => {
    watcher.close();
    for (const service of services.values()) service.close();
  });
}
