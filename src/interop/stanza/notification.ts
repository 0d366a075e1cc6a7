/** What the server tells of keys, and other notices: public client knowledge [P]. */
import { makeNode, type Node } from '../node/node.ts';
import { names, notificationNames, stanzaTags } from '../profile/stanza-profile.ts';
import { envelopeAttrs, numberText, readEnvelope, type Envelope } from './envelope.ts';
import { fieldsOf, type Fields } from './fields.ts';
import type { StanzaFailed } from './failed.ts';

export interface NotificationStanza extends Envelope {
  readonly kind: 'notification';
  readonly id: string;
  readonly offline: number | undefined;
  readonly about: Notice;
}

export type Notice =
  /** So many one-time prekeys are left on the server. */
  | { readonly kind: 'prekeys-left'; readonly count: number }
  /** Whom it is from has another identity now. */
  | { readonly kind: 'identity-changed' }
  /** Anything else: to be acknowledged, and no more. */
  | { readonly kind: 'other'; readonly type: string; readonly content: Node['content'] };

/** Reads a notification. */
export function parseNotification(node: Node): NotificationStanza | StanzaFailed {
  const fields = fieldsOf(node);
  const stanza: NotificationStanza = {
    kind: 'notification',
    id: fields.text(names.id),
    ...readEnvelope(fields),
    offline: fields.maybeNumber(names.offline),
    about: readNotice(fields, fields.text(names.type)),
  };
  return fields.failed() ?? stanza;
}

/** The node of a notification. */
export function renderNotification(stanza: NotificationStanza): Node {
  const { about } = stanza;
  const attrs = {
    [names.id]: stanza.id,
    ...envelopeAttrs(stanza),
    [names.offline]: numberText(stanza.offline),
    [names.type]: about.kind === 'other' ? about.type : notificationNames.keys,
  };
  switch (about.kind) {
    case 'prekeys-left': {
      const count = makeNode(names.count, { [notificationNames.value]: String(about.count) });
      return makeNode(stanzaTags.notification, attrs, [count]);
    }
    case 'identity-changed':
      return makeNode(stanzaTags.notification, attrs, [makeNode(notificationNames.identity, {})]);
    case 'other':
      return makeNode(stanzaTags.notification, attrs, about.content);
  }
}

function readNotice(fields: Fields, type: string): Notice {
  const other: Notice = { kind: 'other', type, content: fields.node.content };
  if (type !== notificationNames.keys) return other;
  if (fields.maybeChild(notificationNames.identity) !== undefined) return { kind: 'identity-changed' };
  const count = fields.maybeChild(names.count);
  return count === undefined ? other : { kind: 'prekeys-left', count: count.number(notificationNames.value) };
}
