/**
 * What people write, as the protobuf `Message` that is sealed. Texts, answers, reactions, edits and revokes are put
 * together here by hand, so that one can see what they are; for files and places there is `writePart`.
 */
import { writePart } from '../../src/interop/message/write-part.ts';
import type { WireContext, WireKey, WireMessage } from '../../src/interop/message/wire-message.ts';
import { protocolTypes } from '../../src/interop/profile/message-profile.ts';
import type { Place } from '../../src/core/event.ts';
import type { Media } from '../../src/core/media.ts';
import type { SealedFile } from '../../src/interop/message/sealed-file.ts';

/** A message in a chat: its id, and whether it is one's own. */
export interface Named {
  readonly id: string;
  readonly mine: boolean;
}
/** A message that is answered: whose it is, and what it said. */
export interface Answered extends Named {
  readonly author: string;
  readonly quoted: WireMessage;
}

/** Something to say. */
export type Saying =
  | {
      readonly kind: 'text';
      readonly text: string;
      /** Addresses of those who are called; each stands in the text as `@` and the part before its own `@`. */
      readonly calls?: readonly string[] | undefined;
      readonly answers?: Answered | undefined;
    }
  | {
      readonly kind: 'file';
      readonly media: Media;
      readonly file: SealedFile;
      readonly thumbnail?: Uint8Array | undefined;
      readonly caption: string | undefined;
      readonly answers?: Answered | undefined;
    }
  | { readonly kind: 'contact'; readonly name: string; readonly vcard: string }
  | { readonly kind: 'place'; readonly place: Place }
  /** Without an emoji the reaction is taken back. */
  | { readonly kind: 'reaction'; readonly to: Named; readonly emoji: string }
  | { readonly kind: 'edit'; readonly of: string; readonly text: string; readonly before: WireMessage }
  | { readonly kind: 'revoke'; readonly of: string };

/** The message for what is said in a chat; `at` in milliseconds. */
export function write(saying: Saying, chat: string, at: number): WireMessage {
  switch (saying.kind) {
    case 'text': {
      const { text, answers, calls = [] } = saying;
      if (answers === undefined && calls.length === 0) return { conversation: text };
      const called = calls.length === 0 ? {} : { mentionedJid: calls };
      const contextInfo = { ...(answers === undefined ? {} : contextOf(answers)), ...called };
      return { extendedTextMessage: { text, contextInfo } };
    }
    case 'file':
      return writeFile(saying, at);
    case 'contact':
      return { contactMessage: { displayName: saying.name, vcard: saying.vcard } };
    case 'place':
      return writePart(saying, { at, context: undefined });
    case 'reaction':
      return {
        reactionMessage: { key: keyOf(chat, saying.to), text: saying.emoji, senderTimestampMs: at },
      };
    case 'edit':
      return {
        protocolMessage: {
          key: keyOf(chat, { id: saying.of, mine: true }),
          type: protocolTypes.messageEdit,
          editedMessage: edited(saying.before, saying.text),
          timestampMs: at,
        },
      };
    case 'revoke':
      return {
        protocolMessage: { key: keyOf(chat, { id: saying.of, mine: true }), type: protocolTypes.revoke },
      };
  }
}

/** What the stanza says that a message is, before anybody has opened it. */
export function typeOf(message: WireMessage): 'text' | 'media' | 'reaction' {
  if (message.reactionMessage !== undefined) return 'reaction';
  const isText =
    message.conversation !== undefined ||
    message.extendedTextMessage !== undefined ||
    message.protocolMessage !== undefined;
  return isText ? 'text' : 'media';
}

function writeFile(saying: Extract<Saying, { readonly kind: 'file' }>, at: number): WireMessage {
  const { media, file, thumbnail, caption, answers } = saying;
  const sealed = { kind: 'sealed', file, ...(thumbnail === undefined ? {} : { thumbnail }) } as const;
  const words = caption === undefined ? undefined : { body: caption, addresses: [] };
  const context = answers === undefined ? undefined : contextOf(answers);
  return writePart({ kind: 'file', media, file: sealed, caption: words }, { at, context });
}

function contextOf({ id, author, quoted }: Answered): WireContext {
  return { stanzaId: id, participant: author, quotedMessage: quoted };
}

/** `fromMe` is as the sender of the name sees it. */
function keyOf(chat: string, { id, mine }: Named): WireKey {
  return { remoteJid: chat, fromMe: mine, id };
}

/** The words of a file are its caption; where it lies need not be said again. */
function edited(before: WireMessage, text: string): WireMessage {
  if (before.imageMessage !== undefined) return { imageMessage: { caption: text } };
  if (before.videoMessage !== undefined) return { videoMessage: { caption: text } };
  const document = before.documentMessage ?? before.documentWithCaptionMessage?.message?.documentMessage;
  if (document === undefined) return { conversation: text };
  return { documentWithCaptionMessage: { message: { documentMessage: { caption: text } } } };
}
