import { z } from 'zod';
import { milliseconds } from '../shared/property-kinds.ts';
import { OCF_ROOT } from './agent.ts';

const limit = milliseconds(1).optional();
const interval = milliseconds(10).optional();

/** Private properties of ocf-agent. */
export const AgentProperties = z.strictObject({
  agent: z.string().min(1).meta({ title: 'Agent' }).describe('ocf:heartbeat:nginx, heartbeat:nginx, or the absolute path of an agent.'),
  parameters: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.union([z.string(), z.number(), z.boolean()]))
    .default({})
    .meta({ title: 'Parameters' })
    .describe('Of the agent, by their names: andon type show ocf:heartbeat:nginx lists them.'),
  ocfRoot: z.string().startsWith('/').default(OCF_ROOT).meta({ title: 'OCF root' }).describe('Folder with resource.d and lib.'),
  clusterTools: z
    .enum(['refuse', 'allow'])
    .default('refuse')
    .meta({ title: 'Cluster tools' })
    .describe(
      'refuse: an agent that calls crm_attribute, attrd_updater and the like is not taken, for nobody answers these here. allow: it is, when you know that it works without.',
    ),
  monitorMs: interval
    .meta({ title: 'Monitor interval', unit: 'ms' })
    .describe('Between two runs of monitor. Default: what the agent recommends, else 10000.'),
  deepMonitorMs: interval
    .meta({ title: 'Deep monitor interval', unit: 'ms' })
    .describe('Between two runs of its deepest monitor. Default: what the agent recommends for it, else 60000.'),
  startTimeoutMs: limit.meta({ title: 'Start timeout', unit: 'ms' }).describe('Default: what the agent recommends, else 60000.'),
  stopTimeoutMs: limit.meta({ title: 'Stop timeout', unit: 'ms' }).describe('Default: what the agent recommends, else 60000.'),
  monitorTimeoutMs: limit.meta({ title: 'Monitor timeout', unit: 'ms' }).describe('Default: what the agent recommends, else 20000.'),
});
export type AgentProperties = z.infer<typeof AgentProperties>;
