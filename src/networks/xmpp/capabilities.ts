import type { Capabilities } from '../../core/network.ts';

/** The most that one stanza may weigh, in bytes: half of what servers commonly take (512 KiB) between each other. */
export const maxStanzaBytes = 256 * 1024;

/**
 * The most that one message says, in UTF-8: servers and archives take far more, but clients show only the beginning of
 * what is longer, and some servers stop at 64 KiB for a stanza with all its markup.
 */
export const maxTextBytes = 16 * 1024;
/** A text that would be more messages than this goes as a file. */
export const maxParts = 4;

/** What is configured and installed. */
export interface Means {
  /** The configured bound; the server's own may be lower. */
  readonly maxMediaBytes: number;
  /** Whether voice messages are made playable on every client. */
  readonly transcodes: boolean;
}

/** What chats over XMPP carry. */
export function capabilities({ maxMediaBytes, transcodes }: Means): Capabilities {
  return {
    features: {
      text: 'full',
      formatting: 'partial',
      image: 'full',
      video: 'full',
      audio: 'full',
      file: 'full',
      reply: 'full',
      edit: 'full',
      reaction: 'full',
      redaction: 'partial',
      'delivery-receipt': 'full',
      // A voice message is a playable sound on XMPP; without the transcoder iPhones stay silent.
      voice: transcodes ? 'full' : 'partial',
      sticker: 'full',
      location: 'full',
      contact: 'full',
      // The question and its answers, to be read; nobody can vote.
      poll: 'fallback',
      thread: 'partial',
      mention: 'full',
      'read-receipt': 'full',
      typing: 'full',
      presence: 'full',
      group: 'full',
      link: 'full',
      call: 'none',
      // Few clients know it, and nobody is told which.
      disappearing: 'partial',
    },
    maxTextBytes,
    maxMediaBytes,
  };
}
