import { messageOf } from '../../../operation.ts';
import { DEFAULT_PATH } from '../environment.ts';
import { systemProgram } from '../helpers.ts';
import { sharedNetwork } from './network.ts';

/** Throws in one line when a type that manages the network cannot work here. */
export async function requireNetlink(type: string): Promise<void> {
  if (process.platform !== 'linux') throw new Error(`${type} needs Linux (rtnetlink); this is ${process.platform}`);
  if (systemProgram('ip') === undefined) throw new Error(`${type} needs ip, which is not in ${DEFAULT_PATH}; install the package iproute2`);
  await sharedNetwork().catch((cause: unknown) => {
    throw new Error(`${type} cannot listen to rtnetlink: ${messageOf(cause)}`, { cause });
  });
}
