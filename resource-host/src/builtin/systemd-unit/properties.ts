import { z } from 'zod';
import { milliseconds } from '../shared/property-kinds.ts';

/** Private properties of systemd-unit. */
export const UnitProperties = z.strictObject({
  unit: z
    .string()
    .regex(/^[A-Za-z0-9:_.\\@-]{1,255}$/, 'must be the name of a unit')
    .meta({ title: 'Unit' })
    .describe('Name of the unit: nginx.service, backup.timer. Without a suffix: .service.'),
  manager: z
    .enum(['auto', 'system', 'user'])
    .default('auto')
    .meta({ title: 'Manager' })
    .describe('Whose unit it is. auto: the system’s for a host of root, else the user’s.'),
  stop: z
    .boolean()
    .default(true)
    .meta({ title: 'Stop' })
    .describe('false: offline and terminate leave the unit as it is, and only stop watching it.'),
  onUnitRestart: z
    .enum(['fail', 'tolerate'])
    .default('fail')
    .meta({ title: 'On restart of the unit' })
    .describe(
      'What a restart by somebody else is, such as by Restart= of the unit. fail: a failure, and andon’s policy says what follows. tolerate: none, as long as the unit becomes active again.',
    ),
  startTimeoutMs: milliseconds(1)
    .default(180_000)
    .meta({ title: 'Start timeout', unit: 'ms' })
    .describe('What a start may take; TimeoutStartSec= of the unit counts, too. Default 180000.'),
  stopTimeoutMs: milliseconds(1)
    .default(180_000)
    .meta({ title: 'Stop timeout', unit: 'ms' })
    .describe('What a stop may take; TimeoutStopSec= of the unit counts, too. Default 180000.'),
});
export type UnitProperties = z.infer<typeof UnitProperties>;

export function unitNameOf({ unit }: UnitProperties): string {
  return /\.(service|socket|target|device|mount|automount|swap|timer|path|slice|scope)$/.test(unit) ? unit : `${unit}.service`;
}
