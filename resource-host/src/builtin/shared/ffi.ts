/** node:ffi, without the warning that it is experimental: hosts write to a log that people read. Rejects where Node has none. */
export async function importFfi(): Promise<typeof import('node:ffi')> {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => {};
  try {
    return await import('node:ffi');
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** Throws unless a call of the C library succeeded. */
export function checked(call: string, result: number): number {
  if (result < 0) throw new Error(`${call} failed`);
  return result;
}
