export interface Progress {
  show(text: string): void;
  clear(): void;
}

const FRAME_MS = 50;

/** One line on standard error that is written over; nothing at all when that is no terminal. */
export function progressLine(): Progress {
  const stream = process.stderr;
  if (!stream.isTTY) return { show: () => {}, clear: () => {} };
  const startedAt = Date.now();
  let latest = '';
  let shownAt = 0;
  const draw = (): void => {
    shownAt = Date.now();
    const text = `${latest} … ${Math.round((shownAt - startedAt) / 1000)} s`;
    stream.write(`\r\u001b[K${text.slice(0, Math.max(1, stream.columns - 1))}`);
  };
  // The seconds go on while nothing happens, so that a person sees that somebody waits.
  const ticking = setInterval(draw, 1000).unref();
  return {
    show(text) {
      latest = text;
      if (Date.now() - shownAt >= FRAME_MS) draw();
    },
    clear() {
      clearInterval(ticking);
      stream.write('\r\u001b[K');
    },
  };
}
