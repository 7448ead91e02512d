import type { HostedResource } from '@andon/protocol';
import { type Host, RESOURCE } from './host-model.ts';

/** The words in which a hello may tell what the host holds. */
export function hellos(host: Host): readonly { readonly words: string; readonly good: boolean; readonly report: HostedResource }[] {
  const report: HostedResource = {
    id: RESOURCE,
    incarnation: host.incarnation,
    state: host.state,
    contract: host.contract,
  };
  const words = `${host.state}@${host.incarnation}`;
  if (host.terminated) {
    const lastOp = { id: `${RESOURCE}@${host.incarnation}/terminate`, ok: true };
    return [
      { words: `${words}, terminated`, good: true, report: { ...report, lastOp } },
      { words: 'Offline after terminate', good: true, report: { ...report, state: 'Offline', lastOp } },
    ];
  }
  if (host.state !== 'Online') return [{ words, good: true, report }];
  return [
    { words, good: true, report },
    { words: `${words}, failed`, good: false, report: { ...report, failed: true } },
  ];
}
