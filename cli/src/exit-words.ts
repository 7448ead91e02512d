import { EXIT } from '@andon/protocol/errors';

/** What each exit code of `andon` means. */
export const EXIT_WORDS: { readonly [K in keyof typeof EXIT]: string } = {
  done: 'done',
  notReached: 'the resource failed or did not reach the state',
  usage: 'usage',
  unreachable: 'daemon not reachable',
  refused: 'refused',
  hostTrouble: 'host trouble',
  systemTrouble: 'system trouble',
  bug: 'a bug of andon',
};
