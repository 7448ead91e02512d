import {
  CONTROL,
  CONTROL_NOTIFICATIONS,
  ControlError,
  ENTRY_POINTS,
  EVENT_KINDS,
  EventHead,
  FRAMES,
  GroupDefinition,
  HOST_REQUESTS,
  Incident,
  Manifest,
  NOTIFICATIONS,
  ResourceDefinition,
  Settings,
  ServiceStatus,
  StatusDocument,
  TypeDefinition,
  WireError,
} from '@andon/protocol';
import { z } from 'zod';

/** Calls and requests by their name in a schema's name: `call.online.params`. */
const EXCHANGES = { call: ENTRY_POINTS, request: HOST_REQUESTS, control: CONTROL } as const;
const SINGLE = { frame: FRAMES, notify: NOTIFICATIONS, controlNotify: CONTROL_NOTIFICATIONS } as const;

/** One event of any kind, with the fields of that kind. */
export const Event = z.union(
  Object.entries(EVENT_KINDS).map(([kind, fields]) => z.looseObject({ ...EventHead.shape, kind: z.literal(kind), ...fields.shape })),
);

/** Every message of the protocol that has a schema of its own, by name. The names are those of the published files. */
export const MESSAGE_SCHEMAS: ReadonlyMap<string, z.ZodType> = new Map([
  ...Object.entries(SINGLE).flatMap(([family, table]) => prefixed(family, Object.entries<z.ZodType>(table))),
  ...Object.entries(EXCHANGES).flatMap(([family, table]) =>
    Object.entries(table).flatMap(([method, sides]) => exchange(family, method, sides)),
  ),
  ...prefixed('error', [
    ['wire', WireError],
    ['control', ControlError],
  ]),
  ...prefixed('manifest', [
    ['TypeDefinition', TypeDefinition],
    ['ResourceDefinition', ResourceDefinition],
    ['GroupDefinition', GroupDefinition],
    ['Manifest', Manifest],
    ['Settings', Settings],
  ]),
  ...prefixed('document', [
    ['status', StatusDocument],
    ['serviceStatus', ServiceStatus],
    ['event', Event],
    ['incident', Incident],
  ]),
]);

type Named = [name: string, schema: z.ZodType];

function prefixed(family: string, entries: readonly Named[]): Named[] {
  return entries.map(([name, schema]) => [`${family}.${name}`, schema]);
}

function exchange(family: string, method: string, sides: { readonly params: z.ZodType; readonly result: z.ZodType }): Named[] {
  return prefixed(`${family}.${method}`, [
    ['params', sides.params],
    ['result', sides.result],
  ]);
}
