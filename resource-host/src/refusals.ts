import type { HostedResource } from '@andon/protocol';
import { CallError } from './resource.ts';

/** The daemon asks for an incarnation that is over. */
export function staleIncarnation(name: string, asked: number, own: number): CallError {
  return new CallError('staleIncarnation', `${name}@${asked} is over; this host has @${own}`);
}

export function wrongState(call: string, { id, incarnation, state }: HostedResource, remedy: string): CallError {
  return new CallError('invalidState', `${call} of ${id}@${incarnation}: it is ${state}; ${remedy}`);
}
