import { z } from 'zod';
import { PrivateProperties } from './entry-points.ts';
import { EventHead } from './events.ts';
import { Configuration, GroupDefinition, ResourceDefinition, TypeDefinition } from './manifest.ts';
import { CallId } from './names.ts';
import { GroupStatus, HostStatus, ResourceStatus, StatusDocument } from './status.ts';

const name = z.string().min(1);
const nothing = z.object({});
const Event = z.looseObject(EventHead.shape);
const warnings = z.array(z.string());
/** The file of the configuration directory that a definition came from; null: it was given by command. */
const source = z.string().nullable();

/** A type as `type list` and `type show` tell it. */
export const TypeStatus = z.object({
  ...TypeDefinition.shape,
  builtIn: z.boolean(),
  source,
  /** Resources of this type. */
  resources: z.array(z.string()),
  hosts: z.array(z.string()),
});
export type TypeStatus = z.infer<typeof TypeStatus>;

/** One step of a plan that `apply` shows before it acts. */
export const PlanStep = z.object({
  action: z.enum(['create', 'change', 'remove', 'keep']),
  what: z.enum(['type', 'group', 'resource']),
  name: z.string(),
  /** When a change takes effect, in words; empty for at once. */
  effect: z.string(),
  changes: z.array(z.string()),
});
export type PlanStep = z.infer<typeof PlanStep>;

/** One setting of `andon.toml` that `reload` changes. */
export const SettingStep = z.object({
  /** As `daemon.log-level`. */
  setting: z.string(),
  before: z.string(),
  after: z.string(),
  /** When it takes effect, in words; empty for at once. */
  effect: z.string(),
});
export type SettingStep = z.infer<typeof SettingStep>;

/**
 * Every request of the control socket. Frames are those of the host socket: `request {id, method, params}` is answered by
 * `response {id, ok, …}`; followed events arrive as `notify {method: "event", params}`.
 *
 * Parameters or a result longer than MAX_PART_LENGTH as JSON text travel as pieces of that text, in order: `request {id, method,
 * part, more}` and `response {id, ok: true, part, more}`. `more: false` marks the last; joined they are the params or the result.
 */
export const CONTROL = {
  ping: { params: nothing, result: z.object({ pid: z.int(), version: z.string() }) },
  status: { params: z.object({ names: z.array(name).optional() }), result: StatusDocument },
  typeRegister: {
    params: z.object({ type: TypeDefinition, replace: z.boolean().default(true) }),
    result: z.object({ outcome: z.enum(['created', 'changed', 'unchanged']), effect: z.string(), warnings }),
  },
  typeUnregister: { params: z.object({ name }), result: z.object({ warnings }) },
  typeList: { params: nothing, result: z.object({ types: z.array(TypeStatus) }) },
  typeShow: { params: z.object({ name }), result: TypeStatus },
  resourceAdd: { params: z.object({ resource: ResourceDefinition }), result: z.object({ warnings }) },
  resourceSet: {
    params: z.object({
      name,
      set: PrivateProperties.optional(),
      unset: z.array(z.string()).optional(),
      /** Common properties. Null is a value where the property has one (RetryPeriodOnFailure: never), else it returns it to its default. */
      properties: z.record(z.string(), z.json()).optional(),
      group: z.string().nullable().optional(),
      dependsOn: z.string().optional(),
    }),
    /** `effect`: when the change takes effect, in words; empty for at once. */
    result: z.object({ effect: z.string(), warnings }),
  },
  resourceRemove: { params: z.object({ name, force: z.boolean().default(false) }), result: z.object({ warnings }) },
  resourceList: { params: nothing, result: z.object({ resources: z.array(ResourceDefinition) }) },
  resourceShow: { params: z.object({ name }), result: z.object({ definition: ResourceDefinition, source, status: ResourceStatus }) },
  groupAdd: { params: z.object({ group: GroupDefinition }), result: nothing },
  groupRemove: { params: z.object({ name, force: z.boolean().default(false) }), result: z.object({ warnings }) },
  groupList: { params: nothing, result: z.object({ groups: z.array(GroupStatus) }) },
  online: {
    params: z.object({ names: z.array(name).optional(), group: name.optional(), clearHang: z.boolean().default(false) }),
    result: z.object({
      names: z.array(z.string()),
      /** Providers that this request set wanted too. */
      alsoWanted: z.array(z.string()),
    }),
  },
  offline: {
    params: z.object({ names: z.array(name).optional(), group: name.optional() }),
    result: z.object({
      names: z.array(z.string()),
      /** Dependents that go offline first; their wanted state stays. */
      dependents: z.array(z.string()),
    }),
  },
  fail: {
    params: z.object({ name, reason: z.string().default('failed by the administrator') }),
    result: z.object({ incarnation: z.int() }),
  },
  control: {
    params: z.object({ name, code: z.string().min(1), input: z.json().optional() }),
    result: z.object({ output: z.json().optional(), handledBy: z.enum(['host', 'daemon']) }),
  },
  /** One page of kept events, oldest first. `more`: ask again with `afterSeq` of the last one. */
  events: {
    params: z.object({
      afterSeq: z.int().optional(),
      sinceMs: z.int().min(0).optional(),
      resource: name.optional(),
      limit: z.int().min(1).max(1000).default(500),
    }),
    result: z.object({ events: z.array(Event), more: z.boolean() }),
  },
  /** Events from now on arrive as notifications until the connection ends; a slow reader gets a `gap` instead of the lost ones. */
  follow: { params: z.object({ resource: name.optional() }), result: z.object({ seq: z.int() }) },
  /** `path`: what the host prints. `application`: where the program of a resource prints, if its type has one; null for a host. */
  logPath: {
    params: z.object({ name }),
    result: z.object({ host: z.string(), path: z.string(), application: z.string().nullable() }),
  },
  hostList: { params: nothing, result: z.object({ hosts: z.array(HostStatus) }) },
  hostUnquarantine: { params: z.object({ host: name }), result: nothing },
  /** `prune`: what the configuration does not name goes. `force`: also what is not offline; it is taken offline first. */
  apply: {
    params: z.object({
      configuration: Configuration,
      dryRun: z.boolean().default(false),
      prune: z.boolean().default(false),
      force: z.boolean().default(false),
    }),
    result: z.object({ steps: z.array(PlanStep), warnings }),
  },
  /** The same with the daemon's configuration directory, whose files say what came from them earlier and goes. */
  reload: {
    params: z.object({ dryRun: z.boolean().default(false), force: z.boolean().default(false) }),
    result: z.object({ directory: z.string(), steps: z.array(PlanStep), settings: z.array(SettingStep), warnings }),
  },
  export: { params: nothing, result: Configuration },
  /** `restart`: its service manager is to start the next daemon at once. */
  shutdown: {
    params: z.object({ leaveResources: z.boolean().default(false), restart: z.boolean().default(false) }),
    result: nothing,
  },
} as const;
export type ControlMethod = keyof typeof CONTROL;

/** Who may ask what. An observer changes nothing and is told no private properties, which may hold what is nobody's business. */
export type ControlRole = 'observer' | 'administrator';
export const ROLE_FOR: Readonly<Record<ControlMethod, ControlRole>> = {
  ping: 'observer',
  status: 'observer',
  typeRegister: 'administrator',
  typeUnregister: 'administrator',
  typeList: 'administrator',
  typeShow: 'administrator',
  resourceAdd: 'administrator',
  resourceSet: 'administrator',
  resourceRemove: 'administrator',
  resourceList: 'administrator',
  resourceShow: 'administrator',
  groupAdd: 'administrator',
  groupRemove: 'administrator',
  groupList: 'observer',
  online: 'administrator',
  offline: 'administrator',
  fail: 'administrator',
  control: 'administrator',
  events: 'observer',
  follow: 'observer',
  logPath: 'observer',
  hostList: 'observer',
  hostUnquarantine: 'administrator',
  apply: 'administrator',
  reload: 'administrator',
  export: 'administrator',
  shutdown: 'administrator',
};
const OBSERVABLE: ReadonlySet<string> = new Set(
  Object.entries(ROLE_FOR).flatMap(([method, role]) => (role === 'observer' ? [method] : [])),
);

/** A request that nobody knows is for administrators, who are told so. */
export function mayAsk(role: ControlRole, method: string): boolean {
  return role === 'administrator' || OBSERVABLE.has(method);
}
export type ControlParams<M extends ControlMethod> = z.input<(typeof CONTROL)[M]['params']>;
export type ControlResult<M extends ControlMethod> = z.output<(typeof CONTROL)[M]['result']>;

/** A piece of a long request (`method` is named, `params` is not) or of a long result; see CONTROL. */
export const ControlPart = z.object({ id: CallId, method: z.string().min(1).optional(), part: z.string(), more: z.boolean() });
export type ControlPart = z.infer<typeof ControlPart>;

/** Notifications of the control socket. */
export const CONTROL_NOTIFICATIONS = {
  event: Event,
  /** Events between these two numbers were given up because this client read too slowly. */
  gap: z.object({ afterSeq: z.int(), beforeSeq: z.int() }),
} as const;

/** The error of a control response. `subject`: the definition it is about, for whoever knows the file that holds it. */
export const ControlError = z.object({
  code: z.string(),
  message: z.string(),
  remedy: z.string(),
  exit: z.int(),
  subject: z.object({ what: z.enum(['type', 'group', 'resource']), name: z.string(), path: z.array(z.string()) }).optional(),
});
export type ControlError = z.infer<typeof ControlError>;
