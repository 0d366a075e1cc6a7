/**
 * Receipts: that messages arrived, were read or played, could not be opened (retry, with the keys for a new session),
 * or that their media is gone. [O] names `receipt` and asks for retry receipts; their form is public client
 * knowledge [P].
 */

import { makeNode, type Node } from '../node/node.ts';
import {
  messageNames,
  names,
  receiptNames,
  receiptTypes,
  retryVersion,
  stanzaLimits,
  stanzaTags,
} from '../profile/stanza-profile.ts';
import { envelopeAttrs, numberText, readEnvelope, type Envelope } from './envelope.ts';
import { fieldsOf, type Fields } from './fields.ts';
import type { StanzaFailed } from './failed.ts';
import { keyNodes, readKeyBundle, readRegistration, registrationNode, type KeyBundle } from './keys.ts';

export interface ReceiptStanza extends Envelope {
  readonly kind: 'receipt';
  /** The message that it is about, the first of them where there are more. */
  readonly id: string;
  readonly offline: number | undefined;
  readonly about: Receipt;
}

export type Receipt =
  | { readonly kind: 'delivered' | 'read' | 'played'; readonly more: readonly string[] }
  | Retry
  | { readonly kind: 'server-error' }
  /** What ordinary clients tell their own other devices, and what is not known. */
  | { readonly kind: 'other'; readonly type: string };

/** The message could not be opened: send it again, under a new session where there are keys. */
export interface Retry {
  readonly kind: 'retry';
  /** From 1 on; who bounds retries goes by it. */
  readonly count: number;
  readonly messageId: string;
  readonly messageTime: number | undefined;
  /** The ordinary clients' number for what went wrong. */
  readonly error: number | undefined;
  readonly registration: number;
  readonly keys: Omit<KeyBundle, 'registration'> | undefined;
}

/** Reads a receipt. */
export function parseReceipt(node: Node): ReceiptStanza | StanzaFailed {
  const fields = fieldsOf(node);
  const stanza: ReceiptStanza = {
    kind: 'receipt',
    id: fields.text(names.id),
    ...readEnvelope(fields),
    offline: fields.maybeNumber(names.offline),
    about: readReceipt(fields, fields.maybeText(names.type)),
  };
  return fields.failed() ?? stanza;
}

/** The node of a receipt. */
export function renderReceipt(stanza: ReceiptStanza): Node {
  const attrs = {
    [names.id]: stanza.id,
    ...envelopeAttrs(stanza),
    [names.offline]: numberText(stanza.offline),
    [names.type]: typeOf(stanza.about),
  };
  return makeNode(stanzaTags.receipt, attrs, contentOf(stanza.about));
}

function readReceipt(fields: Fields, type: string | undefined): Receipt {
  switch (type) {
    case undefined:
      return { kind: 'delivered', more: readMore(fields) };
    case receiptTypes.read:
      return { kind: 'read', more: readMore(fields) };
    case receiptTypes.played:
      return { kind: 'played', more: readMore(fields) };
    case receiptTypes.retry:
      return readRetry(fields);
    case receiptTypes.serverError:
      return { kind: 'server-error' };
    default:
      return { kind: 'other', type };
  }
}

function readMore(fields: Fields): readonly string[] {
  const list = fields.maybeChild(receiptNames.list);
  return list === undefined
    ? []
    : list.children(receiptNames.item, stanzaLimits.items).map((item) => item.text(names.id));
}

function readRetry(fields: Fields): Retry {
  const retry = fields.child(receiptNames.retry);
  const keys = fields.maybeChild(receiptNames.keys);
  return {
    kind: 'retry',
    count: retry.number(names.count, 0xffff),
    messageId: retry.text(names.id),
    messageTime: retry.maybeNumber(names.time),
    error: retry.maybeNumber(names.error, 0xffff),
    registration: readRegistration(fields),
    keys: keys === undefined ? undefined : withoutRegistration(readKeyBundle(keys, fields)),
  };
}

function withoutRegistration({ identity, signed, prekey }: KeyBundle): Omit<KeyBundle, 'registration'> {
  return { identity, signed, prekey };
}

function typeOf(about: Receipt): string | undefined {
  switch (about.kind) {
    case 'delivered':
      return undefined;
    case 'other':
      return about.type;
    case 'read':
    case 'played':
    case 'retry':
    case 'server-error':
      return about.kind === 'server-error' ? receiptTypes.serverError : receiptTypes[about.kind];
  }
}

function contentOf(about: Receipt): readonly Node[] | undefined {
  switch (about.kind) {
    case 'delivered':
    case 'read':
    case 'played': {
      const items = about.more.map((id) => makeNode(receiptNames.item, { [names.id]: id }));
      return items.length === 0 ? undefined : [makeNode(receiptNames.list, {}, items)];
    }
    case 'retry': {
      const retry = makeNode(receiptNames.retry, {
        [names.count]: String(about.count),
        [names.id]: about.messageId,
        [names.time]: numberText(about.messageTime),
        [messageNames.version]: retryVersion,
        [names.error]: numberText(about.error),
      });
      const keys = about.keys === undefined ? [] : [makeNode(receiptNames.keys, {}, keyNodes(about.keys))];
      return [retry, registrationNode(about.registration), ...keys];
    }
    case 'server-error':
    case 'other':
      return undefined;
  }
}
