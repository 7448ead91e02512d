import { z } from 'zod';

/** One rule of PROTOCOL.md, as `schema/v1/rules.json` publishes it. */
export const ProtocolRule = z.object({
  id: z.string(),
  /** `MUST` also stands for a rule that says MUST NOT. */
  level: z.enum(['MUST', 'SHOULD']),
  /** `host`, `daemon` or `client`. */
  binds: z.array(z.string()),
  /** Number and title of the chapter that it stands in. */
  chapter: z.string(),
  text: z.string(),
});
export type ProtocolRule = z.infer<typeof ProtocolRule>;
