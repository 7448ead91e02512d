import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { run } from '../shared/child.ts';
import type { Scratch } from '../shared/scratch.ts';

export interface Birth {
  readonly service: string;
  readonly pid: number;
  readonly us: number;
}

/** Everybody who begins to run says so here, in one line: NAME PID. */
export class Births {
  readonly all: Birth[] = [];
  #wake: () => void = () => {};

  static async open(path: string, scratch: Scratch): Promise<Births> {
    await run('mkfifo', [path]);
    const births = new Births();
    // Read-write, so that it has a writer for ever and never ends.
    const input = new Socket({ fd: openSync(path, constants.O_RDWR | constants.O_NONBLOCK) });
    scratch.onEnd(() => void input.destroy());
    createInterface({ input }).on('line', (line) => {
      const us = Number(process.hrtime.bigint()) / 1_000;
      const [service = '', pid = ''] = line.split(' ');
      births.all.push({ service, pid: Number(pid), us });
      births.#wake();
    });
    return births;
  }

  /** The first birth of this service after the `after` that there were; undefined when none comes in time. */
  async next(service: string, after: number, limitMs: number): Promise<Birth | undefined> {
    const giveUpMs = performance.now() + limitMs;
    for (;;) {
      const found = this.all.slice(after).find((birth) => birth.service === service);
      const leftMs = giveUpMs - performance.now();
      if (found || leftMs <= 0) return found;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
