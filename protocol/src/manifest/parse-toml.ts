import { parse, TomlError } from 'smol-toml';
import { AndonError } from '../common/errors.ts';
import type { TextFile } from './text-file.ts';

export function parseToml({ name, text }: TextFile): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [detail = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n');
    const place = { file: name, line: error.line, column: error.column };
    throw new AndonError('badManifest', { ...place, detail, hint: 'Mend the TOML of this line; nothing was changed.' }, { place });
  }
}
