/**
 * What the server answers, read by what was asked. Keys are public client knowledge [P], answers about third-party
 * chats unofficial [U], the blocklist's a guess [G].
 */

import type { Address } from '../node/address.ts';
import { makeNode, type Node } from '../node/node.ts';
import {
  identifierTypes,
  integratorsMost,
  integratorStates,
  interopNames,
  keyNames,
  lookUpMost,
  names,
  notificationNames,
  stanzaLimits,
} from '../profile/stanza-profile.ts';
import type { Asking } from './asking.ts';
import { addressText } from './envelope.ts';
import { fieldsOf, type Fields } from './fields.ts';
import type { StanzaFailed } from './failed.ts';
import {
  reachabilityNode,
  readReachability,
  readWanted,
  wantedAttrs,
  type Reachability,
  type Wanted,
} from './interop-asking.ts';
import { keyNodes, readKeyBundle, registrationNode, type KeyBundle } from './keys.ts';

export type Answer =
  /** It is done, and nothing more is said. */
  | { readonly kind: 'done' }
  | { readonly kind: 'key-count'; readonly count: number }
  | { readonly kind: 'keys'; readonly of: readonly KeysOf[] }
  | { readonly kind: 'integrators'; readonly integrators: readonly Integrator[] }
  | { readonly kind: 'found'; readonly users: readonly LookedUp[] }
  | { readonly kind: 'reachability'; readonly reachability: Reachability }
  | { readonly kind: 'blocklist'; readonly blocked: readonly Address[] };

/** One person's keys, or why there are none. */
export type KeysOf =
  | { readonly kind: 'keys'; readonly of: Address; readonly keys: KeyBundle }
  | { readonly kind: 'refused'; readonly of: Address; readonly error: Refusal };

/** One look-up's result. */
export type LookedUp =
  | {
      readonly kind: 'found';
      readonly wanted: Wanted;
      readonly address: Address;
      readonly normalized: string | undefined;
    }
  | { readonly kind: 'refused'; readonly wanted: Wanted; readonly error: Refusal };

export interface Refusal {
  readonly code: number;
  readonly text: string | undefined;
}

/** A third-party app. */
export interface Integrator {
  readonly id: number;
  readonly name: string | undefined;
  readonly state: (typeof integratorStates)[number];
  readonly identifierType: (typeof identifierTypes)[number];
  readonly optedIn: boolean;
  readonly groups: boolean;
}

/** Reads the content of a result, by the kind of what was asked. */
export function parseAnswer(asked: Asking['kind'], content: readonly Node[]): Answer | StanzaFailed {
  const fields = fieldsOf(makeNode('result', {}, content));
  const answer = readAnswer(asked, fields);
  return fields.failed() ?? answer;
}

function readAnswer(asked: Asking['kind'], fields: Fields): Answer {
  switch (asked) {
    case 'count-keys':
      return { kind: 'key-count', count: fields.child(names.count).number(notificationNames.value) };
    case 'fetch-keys': {
      const users = fields.child(keyNames.list).children(keyNames.user, stanzaLimits.items);
      return { kind: 'keys', of: users.map(readKeysOf) };
    }
    case 'integrators': {
      const list = fields.child(interopNames.integrators);
      const all = list.maybeFlag(interopNames.optedIn) ?? false;
      const integrators = list.children(interopNames.integrator, integratorsMost);
      return { kind: 'integrators', integrators: integrators.map((one) => readIntegrator(one, all)) };
    }
    case 'look-up': {
      const users = fields.child(interopNames.users).children(interopNames.user, lookUpMost);
      return { kind: 'found', users: users.map(readLookedUp) };
    }
    case 'reachability':
      return {
        kind: 'reachability',
        reachability: readReachability(fields.child(interopNames.reachability)),
      };
    case 'blocklist': {
      const items = fields.child(interopNames.blocklist).children(interopNames.item, stanzaLimits.items);
      return { kind: 'blocklist', blocked: items.map((item) => item.address(names.jid)) };
    }
    default:
      return { kind: 'done' };
  }
}

function readKeysOf(user: Fields): KeysOf {
  const of = user.address(names.jid);
  const error = user.maybeChild(names.error);
  if (error !== undefined) return { kind: 'refused', of, error: readRefusal(error) };
  return { kind: 'keys', of, keys: readKeyBundle(user) };
}

function readLookedUp(user: Fields): LookedUp {
  const wanted = readWanted(user);
  const error = user.maybeChild(names.error);
  if (error !== undefined) return { kind: 'refused', wanted, error: readRefusal(error) };
  const normalized = user.maybeText(interopNames.normalizedId, stanzaLimits.externalId);
  return { kind: 'found', wanted, address: user.address(names.jid), normalized };
}

function readRefusal(error: Fields): Refusal {
  return { code: error.number(names.code, 0xffff), text: error.maybeText(names.text) };
}

function readIntegrator(fields: Fields, all: boolean): Integrator {
  return {
    id: fields.number(names.id, 0xffff),
    name: fields.maybeText(interopNames.name, stanzaLimits.name),
    state: fields.oneOf(interopNames.status, integratorStates),
    identifierType: fields.oneOf(interopNames.identifierType, identifierTypes),
    optedIn: (fields.maybeFlag(interopNames.optedIn) ?? false) || all,
    groups: fields.maybeChild(interopNames.features)?.maybeFlag(interopNames.groups) ?? false,
  };
}

/** The content of a result. */
export function renderAnswer(answer: Answer): readonly Node[] {
  switch (answer.kind) {
    case 'done':
      return [];
    case 'key-count':
      return [makeNode(names.count, { [notificationNames.value]: String(answer.count) })];
    case 'keys':
      return [makeNode(keyNames.list, {}, answer.of.map(keysOfNode))];
    case 'integrators':
      return [makeNode(interopNames.integrators, {}, answer.integrators.map(integratorNode))];
    case 'found':
      return [makeNode(interopNames.users, {}, answer.users.map(lookedUpNode))];
    case 'reachability':
      return [reachabilityNode(answer.reachability)];
    case 'blocklist': {
      const items = answer.blocked.map((one) =>
        makeNode(interopNames.item, { [names.jid]: addressText(one) }),
      );
      return [makeNode(interopNames.blocklist, {}, items)];
    }
  }
}

function keysOfNode(one: KeysOf): Node {
  const content =
    one.kind === 'refused'
      ? [refusalNode(one.error)]
      : [registrationNode(one.keys.registration), ...keyNodes(one.keys)];
  return makeNode(keyNames.user, { [names.jid]: addressText(one.of) }, content);
}

function lookedUpNode(one: LookedUp): Node {
  const attrs = wantedAttrs(one.wanted);
  if (one.kind === 'refused') return makeNode(interopNames.user, attrs, [refusalNode(one.error)]);
  const found = { [names.jid]: addressText(one.address), [interopNames.normalizedId]: one.normalized };
  return makeNode(interopNames.user, { ...attrs, ...found });
}

function refusalNode({ code, text }: Refusal): Node {
  return makeNode(names.error, { [names.code]: String(code), [names.text]: text });
}

function integratorNode({ id, name, state, identifierType, optedIn, groups }: Integrator): Node {
  const attrs = {
    [names.id]: String(id),
    [interopNames.name]: name,
    [interopNames.status]: state,
    [interopNames.identifierType]: identifierType,
    [interopNames.optedIn]: String(optedIn),
  };
  return makeNode(interopNames.integrator, attrs, [
    makeNode(interopNames.features, { [interopNames.groups]: String(groups) }),
  ]);
}
