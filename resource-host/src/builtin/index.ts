import type { ResourceType } from '../define.ts';
import { exec } from './exec/index.ts';
import { genericApplication } from './generic-application/index.ts';

/** The types that come with andon. */
export const builtinTypes: readonly ResourceType[] = [exec, genericApplication];
