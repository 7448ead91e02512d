import { HOST_REQUESTS, MAX_TEXT_LENGTH, parseOperationId, type Request } from '@andon/protocol';
import type { LifeEvent } from '../../core/life-cycle/events.ts';
import type { RequestAnswer } from '../hosts/host-session.ts';
import type { Host } from '../hosts/host-owner.ts';
import type { ManagedResource } from './managed-resource.ts';

/** What a host's request may touch: its own resources and nothing else (S58). */
export interface HostRequestScope {
  readonly slot: Host;
  resource(name: string): ManagedResource | undefined;
  reportStatus(name: string, requestId: string, event: LifeEvent<'statusReported'>): void;
  now(): number;
}

type Respond = (answer: RequestAnswer) => void;

export function answerHostRequest(request: Request, respond: Respond, scope: HostRequestScope): void {
  switch (request.method) {
    case 'statusReport':
      return statusReport(request, respond, scope);
    case 'extendControl':
      return extendControl(request, respond, scope);
    case 'setProperties':
      return setProperties(request, respond, scope);
    case 'createEventHandle':
      return createEventHandle(request, respond, scope);
    default:
      return respond(refusal('notSupported', `there is no request "${request.method.slice(0, 64)}"`));
  }
}

function statusReport(request: Request, respond: Respond, scope: HostRequestScope): void {
  const parsed = HOST_REQUESTS.statusReport.params.safeParse(request.params);
  if (!parsed.success) return respond(invalid(parsed.error.issues[0]));
  const report = parsed.data;
  const operation = parseOperationId(report.operationId);
  if (!operation || !scope.resource(operation.resource))
    return respond(refusal('unknownResource', `"${report.operationId}" is no operation of this host`));
  if (report.eventHandle !== undefined && !scope.slot.pipes.issued(report.eventHandle)) {
    return respond(refusal('invalidParams', `event handle "${report.eventHandle}" was not issued to this host`));
  }
  scope.reportStatus(operation.resource, `${scope.slot.hostId} ${request.id}`, {
    kind: 'statusReported',
    atMs: scope.now(),
    requestId: `${scope.slot.hostId} ${request.id}`,
    operation: operation.call,
    incarnation: operation.incarnation,
    checkpoint: report.checkpoint,
    state: report.state,
    contract:
      report.eventHandle === undefined
        ? { kind: 'poll', looksAliveMs: report.looksAliveMs ?? null, isAliveMs: report.isAliveMs ?? null }
        : { kind: 'event' },
    text: (report.text ?? '').slice(0, MAX_TEXT_LENGTH),
    code: report.code ?? 'failed',
  });
}

function extendControl(request: Request, respond: Respond, scope: HostRequestScope): void {
  const parsed = HOST_REQUESTS.extendControl.params.safeParse(request.params);
  if (!parsed.success) return respond(invalid(parsed.error.issues[0]));
  const { callId, ms } = parsed.data;
  const isControl = scope.slot.connection.calls
    .unanswered()
    .some((call) => call.id === callId && (call.method === 'resourceControl' || call.method === 'resourceTypeControl'));
  if (!isControl) return respond(refusal('invalidState', `no control call "${callId}" is running`));
  scope.slot.connection.calls.extend(callId, ms);
  respond({ ok: true, result: {} });
}

function setProperties(request: Request, respond: Respond, scope: HostRequestScope): void {
  const parsed = HOST_REQUESTS.setProperties.params.safeParse(request.params);
  if (!parsed.success) return respond(invalid(parsed.error.issues[0]));
  const { resourceId, statusText, data1, data2 } = parsed.data;
  const resource = scope.resource(resourceId);
  if (!resource) return respond(refusal('unknownResource', `"${resourceId}" is no resource of this host`));
  const { memory } = resource;
  resource.memory = {
    statusText: (statusText ?? memory.statusText).slice(0, MAX_TEXT_LENGTH),
    data1: data1 ?? memory.data1,
    data2: data2 ?? memory.data2,
  };
  respond({ ok: true, result: {} });
}

function createEventHandle(request: Request, respond: Respond, scope: HostRequestScope): void {
  const parsed = HOST_REQUESTS.createEventHandle.params.safeParse(request.params);
  if (!parsed.success) return respond(invalid(parsed.error.issues[0]));
  scope.slot.createEventHandle(parsed.data.name).then(
    (eventHandle) => respond({ ok: true, result: { eventHandle } }),
    (error: unknown) => respond(refusal('unavailable', error instanceof Error ? error.message : String(error))),
  );
}

function refusal(code: string, message: string): RequestAnswer {
  return { ok: false, error: { code, message } };
}

function invalid(issue: { readonly path: readonly PropertyKey[]; readonly message: string } | undefined): RequestAnswer {
  return refusal('invalidParams', issue ? `${issue.path.map(String).join('.') || 'params'}: ${issue.message}` : 'unreadable');
}
