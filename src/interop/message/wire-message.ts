/**
 * The protobuf `Message` of WhatsApp's clients, as far as the bridge speaks it: what a ciphertext opens to, without its
 * padding. The numbers of the fields are in `profile/message-profile.ts`; what is not named here does not exist for the bridge.
 */

/** A message. Of the kinds of content it has one; `senderKeyDistributionMessage` may stand beside. */
export interface WireMessage {
  readonly conversation?: string;
  readonly senderKeyDistributionMessage?: WireSenderKey;
  readonly imageMessage?: WireImage;
  readonly contactMessage?: WireContact;
  readonly locationMessage?: WireLocation;
  readonly extendedTextMessage?: WireText;
  readonly documentMessage?: WireDocument;
  readonly audioMessage?: WireAudio;
  readonly videoMessage?: WireVideo;
  readonly protocolMessage?: WireProtocol;
  readonly contactsArrayMessage?: WireContacts;
  readonly stickerMessage?: WireSticker;
  readonly viewOnceMessage?: WireWrapper;
  readonly ephemeralMessage?: WireWrapper;
  readonly reactionMessage?: WireReaction;
  readonly documentWithCaptionMessage?: WireWrapper;
  readonly viewOnceMessageV2?: WireWrapper;
  readonly editedMessage?: WireWrapper;
  readonly viewOnceMessageV2Extension?: WireWrapper;
}

/** A message inside of a message. */
export interface WireWrapper {
  readonly message?: WireMessage;
}

/** Names a message; `fromMe` as the sender of the name sees it. */
export interface WireKey {
  readonly remoteJid?: string;
  readonly fromMe?: boolean;
  readonly id?: string;
  readonly participant?: string;
}

/** What a message belongs to: what it answers, whom it calls, how long it stays (in seconds). */
export interface WireContext {
  readonly stanzaId?: string;
  readonly participant?: string;
  readonly quotedMessage?: WireMessage;
  readonly remoteJid?: string;
  readonly mentionedJid?: readonly string[];
  readonly forwardingScore?: number;
  readonly isForwarded?: boolean;
  readonly expiration?: number;
  readonly ephemeralSettingTimestamp?: number;
}

export interface WireSenderKey {
  readonly groupId?: string;
  readonly axolotlSenderKeyDistributionMessage?: Uint8Array;
}

/** What every file has. */
export interface WireFile {
  readonly url?: string;
  readonly mimetype?: string;
  readonly fileSha256?: Uint8Array;
  readonly fileLength?: number;
  readonly mediaKey?: Uint8Array;
  readonly fileEncSha256?: Uint8Array;
  readonly directPath?: string;
  /** In seconds since the epoch. */
  readonly mediaKeyTimestamp?: number;
  readonly contextInfo?: WireContext;
}
export interface WireImage extends WireFile {
  readonly caption?: string;
  readonly height?: number;
  readonly width?: number;
  readonly jpegThumbnail?: Uint8Array;
  readonly viewOnce?: boolean;
}
export interface WireVideo extends WireFile {
  readonly seconds?: number;
  readonly caption?: string;
  readonly gifPlayback?: boolean;
  readonly height?: number;
  readonly width?: number;
  readonly jpegThumbnail?: Uint8Array;
  readonly viewOnce?: boolean;
}
export interface WireAudio extends WireFile {
  readonly seconds?: number;
  /** It is a voice message. */
  readonly ptt?: boolean;
  /** Loudness over time, each from 0 to 100. */
  readonly waveform?: Uint8Array;
  readonly viewOnce?: boolean;
}
export interface WireDocument extends WireFile {
  readonly title?: string;
  readonly pageCount?: number;
  readonly fileName?: string;
  readonly jpegThumbnail?: Uint8Array;
  readonly caption?: string;
}
export interface WireSticker extends WireFile {
  readonly height?: number;
  readonly width?: number;
  readonly isAnimated?: boolean;
  readonly pngThumbnail?: Uint8Array;
}

export interface WireContact {
  readonly displayName?: string;
  readonly vcard?: string;
  readonly contextInfo?: WireContext;
}
export interface WireContacts {
  readonly displayName?: string;
  readonly contacts?: readonly WireContact[];
  readonly contextInfo?: WireContext;
}

export interface WireLocation {
  readonly degreesLatitude?: number;
  readonly degreesLongitude?: number;
  readonly name?: string;
  readonly address?: string;
  readonly url?: string;
  readonly accuracyInMeters?: number;
  readonly comment?: string;
  readonly contextInfo?: WireContext;
}

export interface WireText {
  readonly text?: string;
  readonly contextInfo?: WireContext;
}

export interface WireProtocol {
  readonly key?: WireKey;
  /** One of `protocolTypes`; any number where it is another. */
  readonly type?: number;
  /** In seconds; 0 switches disappearing off. */
  readonly ephemeralExpiration?: number;
  readonly ephemeralSettingTimestamp?: number;
  readonly editedMessage?: WireMessage;
  readonly timestampMs?: number;
}

/** Empty `text` takes the reaction back. */
export interface WireReaction {
  readonly key?: WireKey;
  readonly text?: string;
  readonly groupingKey?: string;
  readonly senderTimestampMs?: number;
}
