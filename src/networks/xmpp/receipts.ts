/** Delivery receipts: https://xmpp.org/extensions/xep-0184.html */
import { randomUUID } from 'node:crypto';
import xml, { type Element } from '@xmpp/xml';
import { namespaces } from './link-namespaces.ts';
import { attribute } from './stanza.ts';

/** The beginning of the ids of receipts, by which their own bounces are told from those of messages. */
const prefix = 'receipt-';

/** The receipt that a message asks for; `undefined` where it asks for none or gives no id to name. */
export function receiptFor(stanza: Element): Element | undefined {
  const [id, from, to] = ['id', 'from', 'to'].map((name) => attribute(stanza, name));
  if (id === undefined || from === undefined || to === undefined) return undefined;
  if (stanza.getChild('request', namespaces.receipts) === undefined) return undefined;
  return xml(
    'message',
    { type: attribute(stanza, 'type') ?? 'normal', from: to, to: from, id: `${prefix}${randomUUID()}` },
    xml('received', { xmlns: namespaces.receipts, id }),
    xml('store', namespaces.hints),
  );
}

/** Whether an error is about a receipt of ours, which nobody needs to know. */
export function isReceiptBounce(stanza: Element): boolean {
  return attribute(stanza, 'id')?.startsWith(prefix) === true;
}
