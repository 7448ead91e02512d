import { AndonError, MAX_PART_LENGTH, type ControlPart, type Request } from '@andon/protocol';

/** Longest request that is put together from its pieces, in UTF-16 units; a configuration of a hundred thousand resources is shorter. */
const MAX_REQUEST_LENGTH = 64 * 1024 * 1024;
/** Requests that one client may have half sent. */
const MOST_HALF_SENT = 4;

/** Puts requests together that travel in pieces. */
export class RequestParts {
  readonly #texts = new Map<string, { readonly method: string; text: string }>();

  /** The whole request once its last piece is there. Throws AndonError `invalidRequest` when it is too much or no JSON. */
  add({ id, method, part, more }: ControlPart, version: string): Request | undefined {
    const known = this.#texts.get(id) ?? { method: method ?? '', text: '' };
    known.text += part;
    this.#texts.set(id, known);
    const isTooMuch = known.text.length > MAX_REQUEST_LENGTH || this.#texts.size > MOST_HALF_SENT;
    if (more && !isTooMuch) return undefined;
    this.#texts.delete(id);
    if (isTooMuch)
      throw new AndonError('invalidRequest', {
        command: `"${known.method}"`,
        detail: `it is longer than ${MAX_REQUEST_LENGTH} characters`,
        version,
      });
    return { id, method: known.method, params: parse(known.text, known.method, version) };
  }
}

/** The frames of a response: one, or the pieces of its result. */
export function responseFrames(id: string, result: unknown): object[] {
  const text = JSON.stringify(result);
  if (text.length <= MAX_PART_LENGTH) return [{ id, ok: true, result }];
  const frames: object[] = [];
  for (let start = 0; start < text.length; start += MAX_PART_LENGTH) {
    const end = start + MAX_PART_LENGTH;
    frames.push({ id, ok: true, part: text.slice(start, end), more: end < text.length });
  }
  return frames;
}

function parse(text: string, method: string, version: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AndonError(
      'invalidRequest',
      { command: `"${method}"`, detail: error instanceof Error ? error.message : 'no JSON', version },
      { cause: error },
    );
  }
}
