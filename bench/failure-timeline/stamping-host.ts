// A resource that fails by itself shortly after each online, and remembers when everything happened to it.
import { defineResourceType, event, NotSupportedError } from '@andon/resource-host';
import { z } from 'zod';

interface Stamp {
  readonly incarnation: number;
  readonly step: string;
  readonly us: number;
}

/** CLOCK_MONOTONIC, as the daemon stamps its events. */
const nowUs = (): number => Number(process.hrtime.bigint()) / 1_000;

export default defineResourceType({
  name: 'stamping',
  description: 'Fails after each online, for the benchmark failure-timeline.',
  properties: z.object({ failures: z.int().min(1), pauseMs: z.int().min(1) }),
  open: (): Stamp[] => [],
  online(resource) {
    const { incarnation, state, properties, signal } = resource;
    const stamp = (step: string): unknown => state.push({ incarnation, step, us: nowUs() });
    stamp('online begins');
    if (incarnation > properties.failures) return event();
    const timer = setTimeout(() => {
      stamp('fails');
      resource.fail('on purpose');
      stamp('record written');
    }, properties.pauseMs);
    signal.addEventListener('abort', () => clearTimeout(timer));
    return event();
  },
  offline() {},
  terminate({ incarnation, state }) {
    state.push({ incarnation, step: 'terminate begins', us: nowUs() });
  },
  control({ state }, code) {
    if (code !== 'stamps') throw new NotSupportedError(code);
    return state.map(({ incarnation, step, us }) => ({ incarnation, step, us }));
  },
});
