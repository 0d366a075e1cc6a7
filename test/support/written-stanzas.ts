/** Builders of what goes out to XMPP, and a reader of what was written. */
import assert from 'node:assert/strict';
import type { Element } from '@xmpp/xml';
import {
  noMentions,
  type Content,
  type FormattedText,
  type MessageEvent,
  type Target,
  type UnresolvedEvent,
} from '../../src/core/event.ts';
import { matrixEventId, matrixUserId, remoteMessageId, remoteUserId } from '../../src/core/ids.ts';
import type { Media } from '../../src/core/media.ts';
import { openStanza } from '../../src/networks/xmpp/from-remote.ts';
import type { ContentContext } from '../../src/networks/xmpp/to-remote.ts';
import { arrivalOf, openContext } from './stanzas.ts';

/** Where files are when they were uploaded. */
export const url = 'https://files.example.org/1/cat.png';

/** From Alice, who is on Matrix, to Bob. */
export const context: ContentContext = {
  type: 'chat',
  from: 'alice@bridge.example.org',
  to: 'bob@example.org',
  id: 'cw-1',
  files: [],
  addressOf: ({ in: side, userId }) =>
    side === 'matrix' ? `${userId.slice(1, userId.indexOf(':'))}@bridge.example.org` : userId,
  pollText: ({ question }) => `poll: ${question}`,
};

/** The context with files in place. */
export function withFiles(...files: readonly Media[]): ContentContext {
  return {
    ...context,
    files: files.map((media, at) => ({
      url: at === 0 ? url : `${url}?${at}`,
      size: media.size ?? 5,
      sha256: 'AAAA',
      media,
      thumbnailUrl: media.thumbnail === undefined ? undefined : `${url}.thumbnail.png`,
    })),
  };
}
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

export function textMessage(
  text: FormattedText,
  style: 'normal' | 'emote' | 'notice' = 'normal',
): MessageEvent {
  return messageOf({ kind: 'text', style, text });
}

export function messageOf(content: Content, more: Partial<MessageEvent> = {}): MessageEvent {
  return {
    ...envelope,
    ...{ kind: 'message', content, mentions: noMentions, replyTo: undefined, thread: undefined },
    ...more,
  };
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
