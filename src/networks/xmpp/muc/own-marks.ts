/**
 * How the bridge knows in an archive what its own users said, where the room has no occupant ids (XEP-0421): nicknames
 * change hands, and ids are what anybody chooses. What is sent to such a room carries a code made with a key of the
 * bridge, of the room, the message's id and its text, so that nobody else can make one, nor use it for other words.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import xml, { type Element } from '@xmpp/xml';
import { attribute, messageIdOf } from '../stanza.ts';
import { namespaces } from './namespaces.ts';

export class OwnMarks {
  readonly #keys: readonly Uint8Array[];

  /** Marks are made with the first key, and known by any. */
  constructor(keys: readonly Uint8Array[]) {
    this.#keys = keys;
  }

  /** Marks a message before it is sent to a room; changes it in place. */
  mark(stanza: Element, room: string): void {
    const [key] = this.#keys;
    if (key === undefined) return;
    stanza.append(
      xml('own', { xmlns: namespaces.own, mac: codeOf(key, stanza, room).toString('base64url') }),
    );
  }

  /** Whether the bridge sent it to that room. */
  isOurs(stanza: Element, room: string): boolean {
    const mark = stanza.getChild('own', namespaces.own);
    const given = Buffer.from((mark && attribute(mark, 'mac')) ?? '', 'base64url');
    return this.#keys.some((key) => {
      const code = codeOf(key, stanza, room);
      return given.length === code.length && timingSafeEqual(given, code);
    });
  }
}

function codeOf(key: Uint8Array, stanza: Element, room: string): Buffer {
  const said = [
    messageIdOf(stanza) ?? '',
    stanza.getChildText('body') ?? '',
    stanza.getChildText('subject') ?? '',
  ];
  return createHmac('sha256', key)
    .update(JSON.stringify([room, ...said]))
    .digest()
    .subarray(0, 16);
}
