/**
 * Reads what a stanza has to have, and what it may have. The first thing that is missing or malformed sticks as the
 * failure, and whatever is read after it is of no account; so a parser reads all its fields, then asks `failed` once.
 */

import { parseAddress, type Address } from '../node/address.ts';
import { attribute, bytesOf, child, children, type Node } from '../node/node.ts';
import { stanzaLimits } from '../profile/stanza-profile.ts';
import { stanzaFailed, type StanzaFailed, type StanzaFailure } from './failed.ts';

/** The fields of one node; those of its children share its failure. */
export interface Fields {
  readonly node: Node;
  readonly failed: () => StanzaFailed | undefined;
  readonly fail: (reason: StanzaFailure, field: string) => void;
  /** An attribute that has to be there, and its bound in characters; never empty. */
  readonly text: (name: string, most?: number) => string;
  readonly maybeText: (name: string, most?: number) => string | undefined;
  readonly address: (name: string) => Address;
  readonly maybeAddress: (name: string) => Address | undefined;
  /** A decimal number without sign. */
  readonly number: (name: string, most?: number) => number;
  readonly maybeNumber: (name: string, most?: number) => number | undefined;
  readonly oneOf: <T extends string>(name: string, of: readonly T[]) => T;
  readonly flag: (name: string) => boolean;
  readonly maybeFlag: (name: string) => boolean | undefined;
  readonly child: (tag: string) => Fields;
  readonly maybeChild: (tag: string) => Fields | undefined;
  readonly children: (tag: string, most: number) => readonly Fields[];
  /** The content as so many bytes; any number but none where no size is given. */
  readonly bytes: (size?: number) => Uint8Array;
}

/** The fields of a stanza's node. */
export function fieldsOf(node: Node): Fields {
  return fieldsWithin(node, { failure: undefined });
}

interface Finding {
  failure: StanzaFailed | undefined;
}

function fieldsWithin(node: Node, finding: Finding): Fields {
  const fail = (reason: StanzaFailure, field: string): void => {
    finding.failure ??= stanzaFailed(reason, `${node.tag}.${field}`);
  };
  /** The rule for all that may be absent: absent is fine, there but malformed is not. */
  const maybe = <T>(name: string, parse: (value: string) => T | undefined): T | undefined => {
    const value = attribute(node, name);
    const parsed = value === undefined ? undefined : parse(value);
    if (value !== undefined && parsed === undefined) fail('malformed', name);
    return parsed;
  };
  const must = <T>(name: string, otherwise: T, parse: (value: string) => T | undefined): T => {
    if (attribute(node, name) === undefined) fail('missing', name);
    return maybe(name, parse) ?? otherwise;
  };
  const find = (tag: string): Fields | undefined => {
    const found = child(node, tag);
    return found === undefined ? undefined : fieldsWithin(found, finding);
  };
  return {
    node,
    failed: () => finding.failure,
    fail,
    text: (name, most) => must(name, '', boundedText(most)),
    maybeText: (name, most) => maybe(name, boundedText(most)),
    address: (name) => must(name, nobody, parseAddress),
    maybeAddress: (name) => maybe(name, parseAddress),
    number: (name, most) => must(name, 0, boundedNumber(most)),
    maybeNumber: (name, most) => maybe(name, boundedNumber(most)),
    oneOf: (name, of) => must(name, of[0], (value) => of.find((one) => one === value)) ?? unreachable(),
    flag: (name) => must(name, false, toFlag),
    maybeFlag: (name) => maybe(name, toFlag),
    child: (tag) => {
      const found = find(tag);
      if (found === undefined) fail('missing', tag);
      return found ?? fieldsWithin({ tag, attrs: {}, content: undefined }, finding);
    },
    maybeChild: find,
    children: (tag, most) => {
      const found = children(node, tag);
      if (found.length > most) fail('too-many', tag);
      return found.slice(0, most).map((one) => fieldsWithin(one, finding));
    },
    bytes: (size) => {
      const bytes = bytesOf(node) ?? new Uint8Array(0);
      if (size === undefined ? bytes.length === 0 : bytes.length !== size) fail('malformed', 'content');
      return bytes;
    },
  };
}

const nobody: Address = { kind: 'pair', user: '', server: 's.whatsapp.net' };

function boundedText(most: number = stanzaLimits.id): (value: string) => string | undefined {
  return (value) => (value.length > 0 && value.length <= most ? value : undefined);
}

function boundedNumber(most = Number.MAX_SAFE_INTEGER): (value: string) => number | undefined {
  return (value) => {
    const number = /^(0|[1-9][0-9]{0,15})$/.test(value) ? Number(value) : undefined;
    return number !== undefined && number <= most ? number : undefined;
  };
}

function toFlag(value: string): boolean | undefined {
  if (value === 'true') return true;
  return value === 'false' ? false : undefined;
}

function unreachable(): never {
  throw new RangeError('a choice of nothing');
}
