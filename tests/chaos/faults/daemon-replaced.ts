import type { Fault, World } from '../world.ts';

/** `andon daemon upgrade`, or `andon down --leave-resources` and a new start: all resources stay. */
export const daemonReplaced: Fault = {
  kind: 'daemon-replaced',
  share: 2,
  lacks: () => null,
  async inject(world) {
    if (world.random() < 0.5) await upgrade(world);
    else await downAndUp(world);
  },
};

async function upgrade({ daemon }: World): Promise<void> {
  await daemon.andon('daemon', 'upgrade');
  // What another fault of this round did to it is mended here.
  await daemon.up();
}

async function downAndUp({ daemon }: World): Promise<void> {
  await daemon.andon('down', '--leave-resources');
  await daemon.up();
}
