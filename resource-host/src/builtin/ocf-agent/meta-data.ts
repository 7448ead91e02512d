import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DOMParser, type Element, ParseError } from '@xmldom/xmldom';
import { messageOf } from '../../operation.ts';
import { inheritedEnvironment } from '../shared/environment.ts';
import type { Agent } from './agent.ts';

/** What an agent says of itself. Source: OCF resource agent API 1.1, chapter 3. */
export interface MetaData {
  readonly version: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly actions: readonly Action[];
}

export interface Parameter {
  readonly name: string;
  /** `string`, `integer`, `boolean`, `select` and what else agents write. */
  readonly type: string;
  readonly initial: string | undefined;
  readonly isRequired: boolean;
  readonly summary: string;
  readonly description: string;
}

export interface Action {
  readonly name: string;
  readonly timeoutMs: number | undefined;
  readonly intervalMs: number | undefined;
  /** Of a monitor: how deep it looks (OCF_CHECK_LEVEL). */
  readonly depth: number;
}

const LIMIT_MS = 20_000;

/** Asks the agent. Rejects when it does not answer, or not in XML. */
export async function metaDataOf(agent: Agent, ocfRoot: string, signal?: AbortSignal): Promise<MetaData> {
  const env = { ...inheritedEnvironment(), OCF_ROOT: ocfRoot, OCF_RESOURCE_TYPE: agent.type, OCF_RESOURCE_PROVIDER: agent.provider };
  try {
    const { stdout } = await promisify(execFile)(agent.path, ['meta-data'], { env, signal, timeout: LIMIT_MS, killSignal: 'SIGKILL' });
    return readMetaData(stdout);
  } catch (cause) {
    signal?.throwIfAborted();
    throw new Error(`${agent.path} meta-data: ${messageOf(cause)}`, { cause });
  }
}

export function readMetaData(xml: string): MetaData {
  const root = rootOf(xml);
  return {
    version: childText(root, 'version') || (root.getAttribute('version') ?? ''),
    summary: childText(root, 'shortdesc'),
    description: childText(root, 'longdesc'),
    parameters: within(root, 'parameters', 'parameter').map(readParameter),
    actions: within(root, 'actions', 'action').map(readAction),
  };
}

/** `20s`, `20`, `500ms`, `2min`, `1h`; a bare number is seconds. Undefined for anything else. */
export function milliseconds(text: string | null): number | undefined {
  const [, number, unit = 's'] = /^\s*(\d+)\s*([a-z]*)\s*$/i.exec(text ?? '') ?? [];
  const factor = UNITS[unit.toLowerCase() || 's'];
  return number === undefined || factor === undefined ? undefined : Math.ceil(Number(number) * factor);
}

const UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  usec: 0.001,
  ms: 1,
  msec: 1,
  s: 1_000,
  sec: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
};

function rootOf(xml: string): Element {
  const problems: string[] = [];
  const onError = (_level: string, message: string): void => void problems.push(message);
  try {
    // Some agents print something before their meta-data.
    const root = new DOMParser({ onError }).parseFromString(
      xml.slice(Math.max(0, xml.search(/<\?xml|<!DOCTYPE|<resource-agent/))),
      'text/xml',
    );
    if (root.documentElement?.tagName === 'resource-agent') return root.documentElement;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    problems.push(error.message);
  }
  throw new Error(`its answer is no meta-data${problems.length > 0 ? `: ${problems[0]}` : ''}`);
}

function readParameter(element: Element): Parameter {
  const [content] = within(element, 'content');
  return {
    name: element.getAttribute('name') ?? '',
    type: content?.getAttribute('type') ?? 'string',
    initial: content?.getAttribute('default') ?? undefined,
    isRequired: ['1', 'true', 'yes'].includes(element.getAttribute('required') ?? ''),
    summary: childText(element, 'shortdesc'),
    description: childText(element, 'longdesc'),
  };
}

function readAction(element: Element): Action {
  return {
    name: element.getAttribute('name') ?? '',
    timeoutMs: milliseconds(element.getAttribute('timeout')),
    intervalMs: milliseconds(element.getAttribute('interval')) || undefined,
    depth: Number(element.getAttribute('depth') ?? 0) || 0,
  };
}

/** The children of this path of names. */
function within(element: Element, ...path: readonly [string, ...string[]]): Element[] {
  const [first, ...rest] = path;
  const children = [...element.childNodes].filter(
    (node): node is Element => node.nodeType === element.ELEMENT_NODE && node.nodeName === first,
  );
  const [second, ...others] = rest;
  return second === undefined ? children : children.flatMap((child) => within(child, second, ...others));
}

/** In English where there are several, with its white space folded. */
function childText(element: Element, name: string): string {
  const texts = within(element, name);
  const text = texts.find((one) => /^en|^$/.test(one.getAttribute('lang') ?? '')) ?? texts[0];
  return (text?.textContent ?? '').replaceAll(/\s+/g, ' ').trim();
}
