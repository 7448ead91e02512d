import type { JsonOption } from '../command.ts';

export interface EventOptions extends JsonOption {
  readonly follow?: boolean;
  readonly since?: string;
  readonly until?: string;
  readonly resource?: readonly string[];
  readonly host?: readonly string[];
  readonly kind?: readonly string[];
  readonly failures?: boolean;
  readonly lines?: string;
  readonly plain?: boolean;
}
