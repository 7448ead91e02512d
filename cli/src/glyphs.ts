type Environment = Readonly<Record<string, string | undefined>>;

export interface Glyphs {
  readonly branch: string;
  readonly lastBranch: string;
  readonly trunk: string;
  readonly gap: string;
  readonly online: string;
  readonly offline: string;
  readonly failed: string;
  readonly moving: string;
  readonly waiting: string;
  readonly unknown: string;
  readonly rule: string;
  readonly arrow: string;
}

const UNICODE: Glyphs = {
  branch: '├─ ',
  lastBranch: '└─ ',
  trunk: '│  ',
  gap: '   ',
  online: '●',
  offline: '○',
  failed: '✗',
  moving: '◐',
  waiting: '◌',
  unknown: '?',
  rule: '──',
  arrow: '→',
};

const ASCII: Glyphs = {
  branch: '|- ',
  lastBranch: '`- ',
  trunk: '|  ',
  gap: '   ',
  online: '*',
  offline: '-',
  failed: 'X',
  moving: '~',
  waiting: '.',
  unknown: '?',
  rule: '--',
  arrow: '->',
};

/** A serial console, a rescue system, `LANG=C`: what cannot be drawn there would be noise at the worst time. As systemctl decides it. */
export function glyphs(env: Environment = process.env): Glyphs {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return /utf-?8/i.test(locale) ? UNICODE : ASCII;
}
