/** What a stanza says of its sealed message for servers and receivers who cannot look inside [P]. */
import { messageTypes, protocolTypes } from '../profile/message-profile.ts';
import type { WireMessage } from './wire-message.ts';

/** Beside the ciphertext: the stanza's type, what kind of file it is about, and whether it changes another message. */
export interface StanzaFacts {
  readonly type: 'text' | 'media' | 'reaction';
  readonly mediaType: string | undefined;
  readonly edit: string | undefined;
}

/** Reads them off a message that is to be sealed. */
export function stanzaFacts(message: WireMessage): StanzaFacts {
  const { reactionMessage, protocolMessage } = message;
  const mediaType = mediaTypeOf(message);
  const type = reactionMessage === undefined ? (mediaType === undefined ? 'text' : 'media') : 'reaction';
  return { type, mediaType, edit: protocolMessage === undefined ? undefined : editOf(protocolMessage.type) };
}

function mediaTypeOf(message: WireMessage): string | undefined {
  const { media } = messageTypes;
  if (message.imageMessage !== undefined) return media.image;
  if (message.videoMessage !== undefined) return media.video;
  if (message.audioMessage !== undefined)
    return message.audioMessage.ptt === true ? media.voice : media.audio;
  if (message.documentMessage !== undefined) return media.document;
  if (message.contactMessage !== undefined) return media.contact;
  if (message.locationMessage !== undefined) return media.location;
  return undefined;
}

function editOf(type: number | undefined): string | undefined {
  const { edits } = messageTypes;
  if (type === protocolTypes.messageEdit) return edits.edit;
  return type === protocolTypes.revoke ? edits.revoke : undefined;
}
