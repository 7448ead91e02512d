import type { ControlResult } from '@andon/protocol';
import type { Context } from './context.ts';

/** One page of the events that were kept, oldest first. */
export function events(
  context: Context,
  query: { afterSeq?: number | undefined; sinceMs?: number | undefined; resource?: string | undefined; limit: number },
): ControlResult<'events'> {
  if (query.resource !== undefined && !context.registry.resources.has(query.resource)) {
    // Events of a resource that was removed are still there to be read.
    const known = context.store.events({ resource: query.resource, limit: 1 });
    if (known.length === 0) context.registry.resource(query.resource);
  }
  context.journal.flush();
  const found = context.store.events({
    afterSeq: query.afterSeq,
    sinceWallMs: query.sinceMs === undefined ? undefined : context.clock.wallMs() - query.sinceMs,
    resource: query.resource,
    limit: query.limit + 1,
  });
  return { events: found.slice(0, query.limit), more: found.length > query.limit };
}
