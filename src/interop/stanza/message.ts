/**
 * A message: one sealed part, or several, and what may be known of it unopened. [O] names `message` and shows `body`;
 * the sealed parts are public client knowledge [P], their standing by themselves unofficial [U].
 */

import { makeNode, textOf, type Node } from '../node/node.ts';
import {
  messageNames,
  names,
  sealedTypes,
  sealedVersion,
  stanzaLimits,
  stanzaTags,
} from '../profile/stanza-profile.ts';
import { envelopeAttrs, numberText, readEnvelope, type Envelope } from './envelope.ts';
import { fieldsOf, type Fields } from './fields.ts';
import type { StanzaFailed } from './failed.ts';

export interface MessageStanza extends Envelope {
  readonly kind: 'message';
  readonly id: string;
  /** What the sender says that it is, such as `text` or `media`. */
  readonly type: string | undefined;
  /** The name that the sender goes by: whatever the sender wrote. */
  readonly notify: string | undefined;
  /** How often the server has tried already; there when the message waited in the mailbox. */
  readonly offline: number | undefined;
  /** That it changes or takes back another, by the ordinary clients' numbers. */
  readonly edit: string | undefined;
  readonly sealed: readonly Sealed[];
  /** Text that is not encrypted: only the overview's example has it. */
  readonly body: string | undefined;
  /** The server tells of a message that it does not hand to this device. */
  readonly unavailable: boolean;
}

/** A ciphertext and how it is to be opened. */
export interface Sealed {
  readonly type: (typeof sealedTypes)[number];
  readonly ciphertext: Uint8Array;
  readonly mediaType: string | undefined;
  /** How often it was sent again on request. */
  readonly count: number | undefined;
  /** What to do where it cannot be opened, such as `hide`. */
  readonly decryptFail: string | undefined;
}

/** Reads a message. A name that is too long is cut, since its sender must not cost the message that way. */
export function parseMessage(node: Node): MessageStanza | StanzaFailed {
  const fields = fieldsOf(node);
  const body = fields.maybeChild(messageNames.body);
  const stanza: MessageStanza = {
    kind: 'message',
    id: fields.text(names.id),
    ...readEnvelope(fields),
    type: fields.maybeText(names.type),
    notify: readNotify(fields),
    offline: fields.maybeNumber(names.offline),
    edit: fields.maybeText(messageNames.edit),
    sealed: fields.children(messageNames.sealed, stanzaLimits.sealed).map(readSealed),
    body: body === undefined ? undefined : readBody(body),
    unavailable: fields.maybeChild(messageNames.unavailable) !== undefined,
  };
  return fields.failed() ?? stanza;
}

/** The node of a message. */
export function renderMessage(stanza: MessageStanza): Node {
  const content = stanza.sealed.map(renderSealed);
  if (stanza.body !== undefined) content.push(makeNode(messageNames.body, {}, stanza.body));
  if (stanza.unavailable) content.push(makeNode(messageNames.unavailable, {}));
  return makeNode(
    stanzaTags.message,
    {
      [names.id]: stanza.id,
      ...envelopeAttrs(stanza),
      [names.type]: stanza.type,
      [names.notify]: stanza.notify,
      [names.offline]: numberText(stanza.offline),
      [messageNames.edit]: stanza.edit,
    },
    content,
  );
}

function readNotify(fields: Fields): string | undefined {
  const notify = fields.maybeText(names.notify, Number.POSITIVE_INFINITY);
  return notify?.slice(0, stanzaLimits.name).toWellFormed();
}

function readSealed(fields: Fields): Sealed {
  fields.oneOf(messageNames.version, [sealedVersion]);
  return {
    type: fields.oneOf(names.type, sealedTypes),
    ciphertext: fields.bytes(),
    mediaType: fields.maybeText(messageNames.mediaType),
    count: fields.maybeNumber(names.count),
    decryptFail: fields.maybeText(messageNames.decryptFail),
  };
}

function readBody(fields: Fields): string {
  const text = textOf(fields.node);
  if (text === undefined) fields.fail('malformed', 'content');
  return text ?? '';
}

function renderSealed({ type, ciphertext, mediaType, count, decryptFail }: Sealed): Node {
  const attrs = {
    [messageNames.version]: sealedVersion,
    [names.type]: type,
    [messageNames.mediaType]: mediaType,
    [names.count]: numberText(count),
    [messageNames.decryptFail]: decryptFail,
  };
  return makeNode(messageNames.sealed, attrs, ciphertext);
}
