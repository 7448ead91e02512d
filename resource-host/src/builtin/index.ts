import type { ResourceType } from '../define.ts';
import { address } from './address/index.ts';
import { exec } from './exec/index.ts';
import { genericApplication } from './generic-application/index.ts';
import { http } from './http/index.ts';
import { link } from './link/index.ts';
import { mount } from './mount/index.ts';
import { ocfAgent } from './ocf-agent/index.ts';
import { processType } from './process/index.ts';
import { tcpLifeline } from './tcp-lifeline/index.ts';
import { watch } from './watch/index.ts';

/** The types that come with andon. */
export const builtinTypes: readonly ResourceType[] = [
  address,
  exec,
  genericApplication,
  http,
  link,
  mount,
  ocfAgent,
  processType,
  tcpLifeline,
  watch,
];
