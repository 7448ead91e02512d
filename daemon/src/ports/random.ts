/** All that the daemon draws by chance. */
export interface Random {
  /** In [0, 1). For jitter. */
  uniform(): number;
  /** 128 unguessable bits, hexadecimal. */
  token(): string;
}
