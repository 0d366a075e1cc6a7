import type { Capabilities } from '../../core/network.ts';

/** The most that one stanza may weigh, in bytes: half of what servers commonly take (512 KiB) between each other. */
export const maxStanzaBytes = 256 * 1024;

/** What direct chats over XMPP carry. `maxMediaBytes` is the configured bound; the server's own may be lower. */
export function capabilities(maxMediaBytes: number): Capabilities {
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
      voice: 'none',
      sticker: 'none',
      location: 'none',
      contact: 'none',
      poll: 'none',
      thread: 'none',
      mention: 'none',
      'read-receipt': 'none',
      typing: 'none',
      presence: 'none',
      group: 'full',
    },
    maxTextBytes: 64 * 1024,
    maxMediaBytes,
  };
}
