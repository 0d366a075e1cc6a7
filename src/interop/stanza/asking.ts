/**
 * What a client asks of the server. Keys, ping and passive are public client knowledge [P]; the questions about
 * third-party chats are unofficial [U] but for the blocklist's and the deletion's form, which are guesses [G].
 */

import type { Address } from '../node/address.ts';
import { children, makeNode, type Node } from '../node/node.ts';
import {
  blockActions,
  connectionNames,
  deletionName,
  interopNames,
  keyNames,
  keySizes,
  names,
  namespaces,
  stanzaLimits,
} from '../profile/stanza-profile.ts';
import { addressText } from './envelope.ts';
import type { Fields } from './fields.ts';
import {
  readLookUp,
  readReachability,
  integratorIds,
  integratorNodes,
  lookUpNode,
  reachabilityNode,
  type Reachability,
  type Wanted,
} from './interop-asking.ts';
import {
  prekeyNode,
  readKeyType,
  readPrekey,
  readRegistration,
  readSigned,
  registrationNode,
  signedNode,
  typeNode,
  type Prekey,
  type SignedPrekey,
} from './keys.ts';

export type Asking =
  | {
      readonly kind: 'upload-keys';
      readonly registration: number;
      readonly identity: Uint8Array;
      readonly prekeys: readonly Prekey[];
      readonly signed: SignedPrekey;
    }
  | { readonly kind: 'rotate-signed-key'; readonly signed: SignedPrekey }
  | { readonly kind: 'count-keys' }
  | { readonly kind: 'key-digest' }
  | { readonly kind: 'fetch-keys'; readonly of: readonly Address[] }
  | { readonly kind: 'ping' }
  /** Whether the server is to send messages on this connection. */
  | { readonly kind: 'take-messages'; readonly active: boolean }
  | { readonly kind: 'integrators' }
  | { readonly kind: 'opt-in' | 'opt-out'; readonly integrators: readonly number[] }
  | { readonly kind: 'look-up'; readonly wanted: readonly Wanted[] }
  | { readonly kind: 'reachability' }
  | { readonly kind: 'set-reachability'; readonly reachability: Reachability }
  | { readonly kind: 'blocklist' }
  | { readonly kind: 'block' | 'unblock'; readonly who: Address }
  | { readonly kind: 'delete-account' }
  | {
      readonly kind: 'other';
      readonly type: 'get' | 'set';
      readonly xmlns: string;
      readonly content: readonly Node[];
    };

/** A question's attributes and content. */
export interface RenderedAsking {
  readonly type: 'get' | 'set';
  readonly xmlns: string;
  readonly content: readonly Node[];
}

/** Reads a question by its namespace, type, and first child. */
export function readAsking(fields: Fields, type: 'get' | 'set'): Asking {
  const xmlns = fields.text(names.xmlns);
  const found = readers[`${xmlns} ${type}`]?.(fields);
  return found ?? { kind: 'other', type, xmlns, content: children(fields.node) };
}

const readers: Readonly<Record<string, (fields: Fields) => Asking | undefined>> = {
  [`${namespaces.keys} get`]: readKeyQuestion,
  [`${namespaces.keys} set`]: readKeyUpload,
  [`${namespaces.interop} get`]: readInteropQuestion,
  [`${namespaces.interop} set`]: readInteropChange,
  [`${namespaces.ping} get`]: () => ({ kind: 'ping' }),
  [`${namespaces.passive} set`]: (fields) => ({
    kind: 'take-messages',
    active: fields.maybeChild(connectionNames.passive) === undefined,
  }),
};

function readKeyQuestion(fields: Fields): Asking | undefined {
  if (fields.maybeChild(names.count) !== undefined) return { kind: 'count-keys' };
  if (fields.maybeChild(keyNames.digest) !== undefined) return { kind: 'key-digest' };
  const users = fields.maybeChild(keyNames.prekey)?.children(keyNames.user, stanzaLimits.items);
  return users && { kind: 'fetch-keys', of: users.map((user) => user.address(names.jid)) };
}

function readKeyUpload(fields: Fields): Asking {
  const rotate = fields.maybeChild(keyNames.rotate);
  if (rotate !== undefined) {
    return { kind: 'rotate-signed-key', signed: readSigned(rotate.child(keyNames.signed)) };
  }
  readKeyType(fields);
  const list = fields.child(keyNames.list);
  return {
    kind: 'upload-keys',
    registration: readRegistration(fields),
    identity: fields.child(keyNames.identity).bytes(keySizes.key),
    prekeys: list.children(keyNames.prekey, stanzaLimits.prekeys).map(readPrekey),
    signed: readSigned(fields.child(keyNames.signed)),
  };
}

function readInteropQuestion(fields: Fields): Asking | undefined {
  const users = fields.maybeChild(interopNames.users);
  if (users !== undefined) return { kind: 'look-up', wanted: readLookUp(users) };
  if (fields.maybeChild(interopNames.integrator) !== undefined) return { kind: 'integrators' };
  if (fields.maybeChild(interopNames.reachability) !== undefined) return { kind: 'reachability' };
  return fields.maybeChild(interopNames.blocklist) === undefined ? undefined : { kind: 'blocklist' };
}

function readInteropChange(fields: Fields): Asking | undefined {
  const settings = fields.maybeChild(interopNames.reachability);
  if (settings !== undefined) return { kind: 'set-reachability', reachability: readReachability(settings) };
  const optIn = fields.maybeChild(interopNames.optIn);
  const opting = optIn ?? fields.maybeChild(interopNames.optOut);
  if (opting !== undefined) {
    const integrators = integratorIds(opting.child(interopNames.integrators));
    return { kind: optIn === undefined ? 'opt-out' : 'opt-in', integrators };
  }
  const item = fields.maybeChild(interopNames.blocklist)?.child(interopNames.item);
  if (item !== undefined) {
    return { kind: item.oneOf(interopNames.action, blockActions), who: item.address(names.jid) };
  }
  return fields.maybeChild(deletionName) === undefined ? undefined : { kind: 'delete-account' };
}

/** The parts of a question's node. */
export function renderAsking(ask: Asking): RenderedAsking {
  switch (ask.kind) {
    case 'upload-keys':
      return to(namespaces.keys, 'set', [
        registrationNode(ask.registration),
        typeNode(),
        makeNode(keyNames.identity, {}, ask.identity),
        makeNode(keyNames.list, {}, ask.prekeys.map(prekeyNode)),
        signedNode(ask.signed),
      ]);
    case 'rotate-signed-key':
      return to(namespaces.keys, 'set', [makeNode(keyNames.rotate, {}, [signedNode(ask.signed)])]);
    case 'count-keys':
      return to(namespaces.keys, 'get', [makeNode(names.count, {})]);
    case 'key-digest':
      return to(namespaces.keys, 'get', [makeNode(keyNames.digest, {})]);
    case 'fetch-keys': {
      const users = ask.of.map((one) => makeNode(keyNames.user, { [names.jid]: addressText(one) }));
      return to(namespaces.keys, 'get', [makeNode(keyNames.prekey, {}, users)]);
    }
    case 'ping':
      return to(namespaces.ping, 'get', [makeNode(connectionNames.ping, {})]);
    case 'take-messages': {
      const tag = ask.active ? connectionNames.active : connectionNames.passive;
      return to(namespaces.passive, 'set', [makeNode(tag, {})]);
    }
    case 'other':
      return to(ask.xmlns, ask.type, ask.content);
    default:
      return renderInteropAsking(ask);
  }
}

type InteropAsking = Extract<
  Asking,
  {
    readonly kind:
      | 'integrators'
      | 'opt-in'
      | 'opt-out'
      | 'look-up'
      | 'reachability'
      | 'set-reachability'
      | 'blocklist'
      | 'block'
      | 'unblock'
      | 'delete-account';
  }
>;

function renderInteropAsking(ask: InteropAsking): RenderedAsking {
  const { interop } = namespaces;
  switch (ask.kind) {
    case 'integrators':
      return to(interop, 'get', [
        makeNode(interopNames.integrator, { [interopNames.fetch]: interopNames.fetchAll }),
      ]);
    case 'opt-in':
      return to(interop, 'set', [makeNode(interopNames.optIn, {}, [integratorNodes(ask.integrators)])]);
    case 'opt-out':
      return to(interop, 'set', [makeNode(interopNames.optOut, {}, [integratorNodes(ask.integrators)])]);
    case 'look-up':
      return to(interop, 'get', [lookUpNode(ask.wanted)]);
    case 'reachability':
      return to(interop, 'get', [makeNode(interopNames.reachability, {})]);
    case 'set-reachability':
      return to(interop, 'set', [reachabilityNode(ask.reachability)]);
    case 'blocklist':
      return to(interop, 'get', [makeNode(interopNames.blocklist, {})]);
    case 'block':
    case 'unblock': {
      const attrs = { [interopNames.action]: ask.kind, [names.jid]: addressText(ask.who) };
      return to(interop, 'set', [makeNode(interopNames.blocklist, {}, [makeNode(interopNames.item, attrs)])]);
    }
    case 'delete-account':
      return to(interop, 'set', [makeNode(deletionName, {})]);
  }
}

function to(xmlns: string, type: 'get' | 'set', content: readonly Node[]): RenderedAsking {
  return { type, xmlns, content };
}
