import { AndonError, CONTROL, type ControlMethod, type ControlResult } from '@andon/protocol';
import type { z } from 'zod';
import * as actions from '../administration/actions.ts';
import { apply, exportConfiguration } from '../administration/apply.ts';
import type { Context } from '../administration/context.ts';
import { events } from '../administration/events.ts';
import * as groups from '../administration/groups.ts';
import { hostUnquarantine, logPath } from '../administration/hosts.ts';
import { reload } from '../administration/reload.ts';
import * as resources from '../administration/resources.ts';
import { hostStatuses, status } from '../administration/status.ts';
import * as types from '../administration/types.ts';
import { offline, online } from '../administration/wanted-states.ts';

type Params<M extends ControlMethod> = z.output<(typeof CONTROL)[M]['params']>;
type Handler<M extends ControlMethod> = (context: Context, params: Params<M>) => ControlResult<M> | Promise<ControlResult<M>>;

/** Every request of administrators that is answered once; `follow` belongs to the connection and is not here. */
const HANDLERS: { readonly [M in Exclude<ControlMethod, 'follow'>]: Handler<M> } = {
  ping: ({ facts }) => ({ pid: facts.pid, version: facts.version }),
  status,
  typeRegister: types.typeRegister,
  typeUnregister: types.typeUnregister,
  typeList: types.typeList,
  typeShow: types.typeShow,
  resourceAdd: resources.resourceAdd,
  resourceSet: resources.resourceSet,
  resourceRemove: resources.resourceRemove,
  resourceList: resources.resourceList,
  resourceShow: resources.resourceShow,
  groupAdd: groups.groupAdd,
  groupRemove: groups.groupRemove,
  groupList: groups.groupList,
  online,
  offline,
  fail: actions.fail,
  control: actions.control,
  events,
  logPath,
  hostList: (context) => ({ hosts: hostStatuses(context) }),
  hostUnquarantine,
  apply,
  reload,
  export: exportConfiguration,
  shutdown: (context, ending) => {
    context.shutdown(ending);
    return {};
  },
};

/** Runs one request; whatever is wrong with it comes back as an AndonError. */
export async function handle(context: Context, method: string, params: unknown): Promise<unknown> {
  if (!isHandled(method)) {
    throw new AndonError('invalidRequest', {
      command: `"${method.slice(0, 64)}"`,
      detail: 'there is no such request',
      version: context.facts.version,
    });
  }
  return run(context, method, params);
}

async function run<M extends keyof typeof HANDLERS>(context: Context, method: M, params: unknown): Promise<ControlResult<M>> {
  const handler: Handler<M> = HANDLERS[method];
  return handler(context, checkedParams(context, method, params));
}

/** The parameters of a request. Throws AndonError `invalidRequest` when they are not what it takes. */
export function checkedParams<M extends ControlMethod>(context: Context, method: M, params: unknown): Params<M> {
  const parsed = CONTROL[method].params.safeParse(params ?? {});
  if (parsed.success) return parsed.data as Params<M>;
  const [issue] = parsed.error.issues;
  const detail = issue ? `${issue.path.map(String).join('.') || 'parameters'}: ${issue.message}` : 'unreadable';
  throw new AndonError('invalidRequest', { command: `"${method}"`, detail, version: context.facts.version });
}

function isHandled(method: string): method is keyof typeof HANDLERS {
  return Object.hasOwn(HANDLERS, method);
}
