/**
 * What the bridge takes for true of messages. Nothing of it is in Meta's public overview: it is knowledge of public clients
 * (mark P) where no other mark stands. Limits that are the bridge's own have the mark G. A partner who has the detailed
 * documents changes this file.
 */
import type { Shape } from '../message/shape.ts';
import type {
  WireAudio,
  WireContact,
  WireContacts,
  WireContext,
  WireDocument,
  WireImage,
  WireKey,
  WireLocation,
  WireMessage,
  WireProtocol,
  WireReaction,
  WireSenderKey,
  WireSticker,
  WireText,
  WireVideo,
  WireWrapper,
} from '../message/wire-message.ts';

/** Plaintext ends with 1 to `most` bytes, each of which says how many; `read` of them are taken from others. */
export const padding = { mark: 'P', most: 15, read: 16 } as const;

/** The kinds of a protocol message. */
export const protocolTypes = { mark: 'P', revoke: 0, ephemeralSetting: 3, messageEdit: 14 } as const;

/** What a stanza says of its message unopened: the kind of a file, and that it edits or takes back another. */
export const messageTypes = {
  mark: 'P',
  media: {
    image: 'image',
    video: 'video',
    audio: 'audio',
    voice: 'ptt',
    document: 'document',
    contact: 'vcard',
    location: 'location',
  },
  edits: { edit: '1', revoke: '7' },
} as const;

/** Protocol messages between a person's own devices and with the service: nobody has said anything. */
export const quietProtocolTypes = {
  mark: 'P',
  numbers: [4, 5, 6, 7, 8, 9, 10, 16, 17, 18, 19, 20],
} as const;

/** The type under which voice messages are told; others are shown as music. */
export const voiceType = { mark: 'P', container: 'audio/ogg', value: 'audio/ogg; codecs=opus' } as const;

/** Pictures and films that clients show; others travel as documents. */
export const shownTypes = {
  mark: 'P',
  image: ['image/jpeg', 'image/png', 'image/webp'],
  video: ['video/mp4', 'video/3gpp'],
} as const;

/** The word that makes an action of a text, as people type it elsewhere. */
export const action = { mark: 'G', prefix: '/me ' } as const;

/** What is taken from others, and how many marks of loudness a voice message has. */
export const messageLimits = {
  mark: 'G',
  /** Of a padded plaintext. */
  bytes: 1024 * 1024,
  /** Messages inside of messages; a quote that quotes takes four. */
  depth: 16,
  /** Of what may be repeated. */
  repeated: 256,
  idCharacters: 256,
  addressCharacters: 256,
  reactionBytes: 255,
  /** A setting of disappearing messages, in seconds: a year. */
  expirySeconds: 366 * 24 * 3600,
  pathCharacters: 2048,
} as const;

/** The longest text of one message, in bytes. Clients let people write 65,536 characters. */
export const maxTextBytes = { mark: 'P', value: 65_536 } as const;

/** Loudness of a voice message: this many values, each from 0 to `top`. */
export const waveform = { mark: 'P', values: 64, top: 100 } as const;

/** How a mention stands in the text: this and the part of the address before its `@`. For interop addresses a guess. */
export const mention = { mark: 'G', prefix: '@' } as const;

/** How ids of messages begin that web clients make, and how many characters of hexadecimal follow. */
export const messageIds = { mark: 'P', prefix: '3EB0', characters: 18 } as const;

/** Fields of a message that stand beside its content and say nothing of their own (context, keys for later answers). */
export const besideContent = { mark: 'P', numbers: [35] } as const;

/** Marks in text, as clients show them: spans stand in no word, quotes do not nest, marks in links are none. */
export const textMarks = {
  mark: 'P',
  dialect: {
    spans: 'outside-words',
    quote: '> ',
    quoteDepth: 1,
    lists: true,
    fence: 'pairs',
    sparesLinks: true,
  },
} as const;

export const messageShape: Shape<WireMessage> = {
  mark: 'P',
  fields: {
    conversation: { no: 1, type: 'string' },
    senderKeyDistributionMessage: { no: 2, type: 'message', of: () => senderKeyShape },
    imageMessage: { no: 3, type: 'message', of: () => imageShape },
    contactMessage: { no: 4, type: 'message', of: () => contactShape },
    locationMessage: { no: 5, type: 'message', of: () => locationShape },
    extendedTextMessage: { no: 6, type: 'message', of: () => textShape },
    documentMessage: { no: 7, type: 'message', of: () => documentShape },
    audioMessage: { no: 8, type: 'message', of: () => audioShape },
    videoMessage: { no: 9, type: 'message', of: () => videoShape },
    protocolMessage: { no: 12, type: 'message', of: () => protocolShape },
    contactsArrayMessage: { no: 13, type: 'message', of: () => contactsShape },
    stickerMessage: { no: 26, type: 'message', of: () => stickerShape },
    viewOnceMessage: { no: 37, type: 'message', of: () => wrapperShape },
    ephemeralMessage: { no: 40, type: 'message', of: () => wrapperShape },
    reactionMessage: { no: 46, type: 'message', of: () => reactionShape },
    documentWithCaptionMessage: { no: 53, type: 'message', of: () => wrapperShape },
    viewOnceMessageV2: { no: 55, type: 'message', of: () => wrapperShape },
    editedMessage: { no: 58, type: 'message', of: () => wrapperShape },
    viewOnceMessageV2Extension: { no: 59, type: 'message', of: () => wrapperShape },
  },
};

const wrapperShape: Shape<WireWrapper> = {
  mark: 'P',
  fields: { message: { no: 1, type: 'message', of: () => messageShape } },
};

const keyShape: Shape<WireKey> = {
  mark: 'P',
  fields: {
    remoteJid: { no: 1, type: 'string' },
    fromMe: { no: 2, type: 'bool' },
    id: { no: 3, type: 'string' },
    participant: { no: 4, type: 'string' },
  },
};

const contextShape: Shape<WireContext> = {
  mark: 'P',
  fields: {
    stanzaId: { no: 1, type: 'string' },
    participant: { no: 2, type: 'string' },
    quotedMessage: { no: 3, type: 'message', of: () => messageShape },
    remoteJid: { no: 4, type: 'string' },
    mentionedJid: { no: 15, type: 'strings' },
    forwardingScore: { no: 21, type: 'uint32' },
    isForwarded: { no: 22, type: 'bool' },
    expiration: { no: 25, type: 'uint32' },
    ephemeralSettingTimestamp: { no: 26, type: 'int64' },
  },
};

const senderKeyShape: Shape<WireSenderKey> = {
  mark: 'P',
  fields: {
    groupId: { no: 1, type: 'string' },
    axolotlSenderKeyDistributionMessage: { no: 2, type: 'bytes' },
  },
};

const contextInfo = { no: 17, type: 'message', of: () => contextShape } as const;

const imageShape: Shape<WireImage> = {
  mark: 'P',
  fields: {
    url: { no: 1, type: 'string' },
    mimetype: { no: 2, type: 'string' },
    caption: { no: 3, type: 'string' },
    fileSha256: { no: 4, type: 'bytes' },
    fileLength: { no: 5, type: 'uint64' },
    height: { no: 6, type: 'uint32' },
    width: { no: 7, type: 'uint32' },
    mediaKey: { no: 8, type: 'bytes' },
    fileEncSha256: { no: 9, type: 'bytes' },
    directPath: { no: 11, type: 'string' },
    mediaKeyTimestamp: { no: 12, type: 'int64' },
    jpegThumbnail: { no: 16, type: 'bytes' },
    contextInfo,
    viewOnce: { no: 25, type: 'bool' },
  },
};

const contactShape: Shape<WireContact> = {
  mark: 'P',
  fields: {
    displayName: { no: 1, type: 'string' },
    vcard: { no: 16, type: 'string' },
    contextInfo,
  },
};

const contactsShape: Shape<WireContacts> = {
  mark: 'P',
  fields: {
    displayName: { no: 1, type: 'string' },
    contacts: { no: 2, type: 'messages', of: () => contactShape },
    contextInfo,
  },
};

const locationShape: Shape<WireLocation> = {
  mark: 'P',
  fields: {
    degreesLatitude: { no: 1, type: 'double' },
    degreesLongitude: { no: 2, type: 'double' },
    name: { no: 3, type: 'string' },
    address: { no: 4, type: 'string' },
    url: { no: 5, type: 'string' },
    accuracyInMeters: { no: 7, type: 'uint32' },
    comment: { no: 11, type: 'string' },
    contextInfo,
  },
};

const textShape: Shape<WireText> = {
  mark: 'P',
  fields: { text: { no: 1, type: 'string' }, contextInfo },
};

const documentShape: Shape<WireDocument> = {
  mark: 'P',
  fields: {
    url: { no: 1, type: 'string' },
    mimetype: { no: 2, type: 'string' },
    title: { no: 3, type: 'string' },
    fileSha256: { no: 4, type: 'bytes' },
    fileLength: { no: 5, type: 'uint64' },
    pageCount: { no: 6, type: 'uint32' },
    mediaKey: { no: 7, type: 'bytes' },
    fileName: { no: 8, type: 'string' },
    fileEncSha256: { no: 9, type: 'bytes' },
    directPath: { no: 10, type: 'string' },
    mediaKeyTimestamp: { no: 11, type: 'int64' },
    jpegThumbnail: { no: 16, type: 'bytes' },
    contextInfo,
    caption: { no: 20, type: 'string' },
  },
};

const audioShape: Shape<WireAudio> = {
  mark: 'P',
  fields: {
    url: { no: 1, type: 'string' },
    mimetype: { no: 2, type: 'string' },
    fileSha256: { no: 3, type: 'bytes' },
    fileLength: { no: 4, type: 'uint64' },
    seconds: { no: 5, type: 'uint32' },
    ptt: { no: 6, type: 'bool' },
    mediaKey: { no: 7, type: 'bytes' },
    fileEncSha256: { no: 8, type: 'bytes' },
    directPath: { no: 9, type: 'string' },
    mediaKeyTimestamp: { no: 10, type: 'int64' },
    contextInfo,
    waveform: { no: 19, type: 'bytes' },
    viewOnce: { no: 21, type: 'bool' },
  },
};

const videoShape: Shape<WireVideo> = {
  mark: 'P',
  fields: {
    url: { no: 1, type: 'string' },
    mimetype: { no: 2, type: 'string' },
    fileSha256: { no: 3, type: 'bytes' },
    fileLength: { no: 4, type: 'uint64' },
    seconds: { no: 5, type: 'uint32' },
    mediaKey: { no: 6, type: 'bytes' },
    caption: { no: 7, type: 'string' },
    gifPlayback: { no: 8, type: 'bool' },
    height: { no: 9, type: 'uint32' },
    width: { no: 10, type: 'uint32' },
    fileEncSha256: { no: 11, type: 'bytes' },
    directPath: { no: 13, type: 'string' },
    mediaKeyTimestamp: { no: 14, type: 'int64' },
    jpegThumbnail: { no: 16, type: 'bytes' },
    contextInfo,
    viewOnce: { no: 20, type: 'bool' },
  },
};

const protocolShape: Shape<WireProtocol> = {
  mark: 'P',
  fields: {
    key: { no: 1, type: 'message', of: () => keyShape },
    type: { no: 2, type: 'int32' },
    ephemeralExpiration: { no: 4, type: 'uint32' },
    ephemeralSettingTimestamp: { no: 5, type: 'int64' },
    editedMessage: { no: 14, type: 'message', of: () => messageShape },
    timestampMs: { no: 15, type: 'int64' },
  },
};

const stickerShape: Shape<WireSticker> = {
  mark: 'P',
  fields: {
    url: { no: 1, type: 'string' },
    fileSha256: { no: 2, type: 'bytes' },
    fileEncSha256: { no: 3, type: 'bytes' },
    mediaKey: { no: 4, type: 'bytes' },
    mimetype: { no: 5, type: 'string' },
    height: { no: 6, type: 'uint32' },
    width: { no: 7, type: 'uint32' },
    directPath: { no: 8, type: 'string' },
    fileLength: { no: 9, type: 'uint64' },
    mediaKeyTimestamp: { no: 10, type: 'int64' },
    isAnimated: { no: 13, type: 'bool' },
    pngThumbnail: { no: 16, type: 'bytes' },
    contextInfo,
  },
};

const reactionShape: Shape<WireReaction> = {
  mark: 'P',
  fields: {
    key: { no: 1, type: 'message', of: () => keyShape },
    text: { no: 2, type: 'string' },
    groupingKey: { no: 3, type: 'string' },
    senderTimestampMs: { no: 4, type: 'int64' },
  },
};
