/** Builders of what goes out to XMPP, and a reader of what was written. */
import assert from 'node:assert/strict';
import type { Element } from '@xmpp/xml';
import type { FormattedText, MessageEvent, Target, UnresolvedEvent } from '../../src/core/event.ts';
import { matrixEventId, matrixUserId, remoteMessageId, remoteUserId } from '../../src/core/ids.ts';
import { openStanza } from '../../src/networks/xmpp/from-remote.ts';
import { arrivalOf, openContext } from './stanzas.ts';

/** From Alice, who is on Matrix, to Bob. */
export const context = {
  from: 'alice@bridge.example.org',
  to: 'bob@example.org',
  id: 'cw-1',
  url: 'https://files.example.org/1/cat.png',
};
export const texts = { retracted: 'retracted' };
export const envelope = {
  cause: 'cause',
  sender: { in: 'matrix', userId: matrixUserId('@alice:example.org') },
  at: 1,
  name: undefined,
} as const;

/** Bob's message under these names. */
export function targetOf(...ids: readonly [string, ...string[]]): Target {
  const [first, ...rest] = ids;
  return {
    eventIds: [matrixEventId('$a')],
    messageIds: [remoteMessageId(first), ...rest.map((id) => remoteMessageId(id))],
    author: { in: 'remote', userId: remoteUserId('bob@example.org') },
  };
}

export function textMessage(text: FormattedText, style: 'normal' | 'emote' = 'normal'): MessageEvent {
  return { ...envelope, kind: 'message', content: { kind: 'text', style, text }, replyTo: undefined };
}

/** What a reader at the other end makes of a stanza, from its XML text. */
export function reread(stanza: Element | undefined): UnresolvedEvent {
  assert.ok(stanza !== undefined);
  const opened = openStanza(arrivalOf(stanza), 'cause', openContext);
  assert.ok(opened.kind === 'event', `${JSON.stringify(opened)} ${stanza.toString()}`);
  return opened.event;
}

export function rereadText(stanza: Element | undefined): { style: string } & FormattedText {
  const event = reread(stanza);
  assert.ok(event.kind === 'message' || event.kind === 'edit');
  assert.ok(event.content.kind === 'text');
  return { style: event.content.style, ...event.content.text };
}

export function child(stanza: Element | undefined, name: string, xmlns: string): Element | undefined {
  return stanza?.getChild(name, xmlns);
}
