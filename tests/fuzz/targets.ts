import type { FuzzTarget } from './target.ts';
import { exports } from './targets/exports.ts';
import { expressions } from './targets/expressions.ts';
import { frames } from './targets/frames.ts';
import { manifests } from './targets/manifests.ts';
import { records } from './targets/records.ts';
import { requests } from './targets/requests.ts';
import { sessions } from './targets/sessions.ts';
import { store } from './targets/store.ts';

export const TARGETS: readonly FuzzTarget[] = [records, expressions, manifests, exports, frames, requests, sessions, store];
