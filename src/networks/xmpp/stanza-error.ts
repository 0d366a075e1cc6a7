/** Errors for senders: https://www.rfc-editor.org/rfc/rfc6120#section-8.3 */
import xml, { type Element } from '@xmpp/xml';
import type { Outcome, ReasonCode } from '../../core/outcome.ts';
import { namespaces } from './link-namespaces.ts';
import { attribute } from './stanza.ts';

/** A condition of RFC 6120, 8.3.3, with the type that goes with it. */
export interface Condition {
  readonly name: string;
  readonly type: 'auth' | 'cancel' | 'modify' | 'wait';
}

export const conditions = {
  noSuchUser: { name: 'item-not-found', type: 'cancel' },
  notPermitted: { name: 'forbidden', type: 'auth' },
  unavailable: { name: 'service-unavailable', type: 'cancel' },
  overloaded: { name: 'resource-constraint', type: 'wait' },
  policy: { name: 'policy-violation', type: 'modify' },
  notAcceptable: { name: 'not-acceptable', type: 'modify' },
  notCarried: { name: 'feature-not-implemented', type: 'cancel' },
  undeliverable: { name: 'recipient-unavailable', type: 'wait' },
  internal: { name: 'internal-server-error', type: 'cancel' },
  badRequest: { name: 'bad-request', type: 'modify' },
} as const satisfies Record<string, Condition>;

/** The error that answers a stanza, without an echo of what it said; `undefined` where an error must not be answered. */
export function errorAnswer(stanza: Element, condition: Condition, text?: string): Element | undefined {
  const [type, from, to, id] = ['type', 'from', 'to', 'id'].map((name) => attribute(stanza, name));
  if (type === 'error' || type === 'result' || from === undefined || to === undefined) return undefined;
  return xml(
    stanza.getName(),
    { type: 'error', from: to, to: from, ...(id === undefined ? {} : { id }) },
    xml(
      'error',
      { type: condition.type },
      xml(condition.name, namespaces.stanzas),
      ...(text === undefined ? [] : [xml('text', { xmlns: namespaces.stanzas, 'xml:lang': 'en' }, text)]),
    ),
  );
}

/** Errors by which rooms know that somebody is not there any more, and put them out (XEP-0045, 7.14). */
const putsOut: ReadonlySet<string> = new Set([
  conditions.noSuchUser.name,
  conditions.unavailable.name,
  conditions.undeliverable.name,
  conditions.internal.name,
]);

/** The condition, or another where the answer goes to an occupant of a room, which would put us out for it. */
export function bearable(stanza: Element, condition: Condition): Condition {
  const whispered = stanza.getChild('x', namespaces.mucUser) !== undefined;
  return whispered && putsOut.has(condition.name) ? conditions.notAcceptable : condition;
}

/** What a sender is told of a message that ended without being sent; `undefined` where there is nothing to tell. */
export function conditionFor(outcome: Outcome): Condition | undefined {
  switch (outcome.kind) {
    case 'sent':
    case 'ignored':
      return undefined;
    case 'blocked':
      return conditions.policy;
    case 'unsupported':
      return conditions.notAcceptable;
    case 'failed':
      return conditionForReason(outcome.reason);
  }
}

function conditionForReason(reason: ReasonCode): Condition {
  switch (reason) {
    case 'no-such-user':
      return conditions.noSuchUser;
    case 'not-permitted':
    case 'forbidden':
      return conditions.notPermitted;
    case 'rate-limited':
      return conditions.overloaded;
    case 'too-large':
    case 'too-long':
    case 'media-type-mismatch':
    case 'media-gone':
    case 'media-unavailable':
    case 'broken-event':
    case 'unknown-target':
    case 'no-encryption':
      return conditions.notAcceptable;
    case 'rule':
      return conditions.policy;
    case 'not-carried':
    case 'no-handler':
      return conditions.notCarried;
    case 'internal':
      return conditions.internal;
    case 'expired':
    case 'link-down':
    case 'timeout':
    case 'unreachable':
    case 'user-unavailable':
      return conditions.undeliverable;
    default:
      return conditions.unavailable;
  }
}
