import { z } from 'zod';
import { RESOURCE_NAME_PATTERN, TYPE_NAME_PATTERN } from './name-patterns.ts';

export const ResourceName = z
  .string()
  .regex(RESOURCE_NAME_PATTERN, 'a resource name is 1 to 128 of A-Z a-z 0-9 . _ : - and begins with a letter or digit')
  .brand<'ResourceName'>();
export type ResourceName = z.infer<typeof ResourceName>;

export const TypeName = z
  .string()
  .regex(TYPE_NAME_PATTERN, 'a type name is 1 to 64 of A-Z a-z 0-9 _ - and begins with a letter or digit')
  .brand<'TypeName'>();
export type TypeName = z.infer<typeof TypeName>;

export const GroupName = z
  .string()
  .regex(RESOURCE_NAME_PATTERN, 'a group name is 1 to 128 of A-Z a-z 0-9 . _ : - and begins with a letter or digit')
  .brand<'GroupName'>();
export type GroupName = z.infer<typeof GroupName>;

/** Names one place for a host process: `TYPE`, or `TYPE.RESOURCE` for the host of a single resource. */
export const HostId = z.string().min(1).max(200).brand<'HostId'>();
export type HostId = z.infer<typeof HostId>;

/** Number of this online of a resource. Starts at 1, grows with every online, never repeats. */
export const Incarnation = z.int().min(1).max(0xffff_ffff);

/** Chosen by whoever asks; answered with the same. */
export const CallId = z.string().min(1).max(200);
export type CallId = z.infer<typeof CallId>;

export const Milliseconds = z.int().min(0).max(0x7fff_ffff);
