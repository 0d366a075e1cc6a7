import type { Capabilities } from '../../core/network.ts';
import { maxTextBytes } from '../../interop/profile/message-profile.ts';

/**
 * What third-party chats carry: what the overview asks of a partner [O], and what its messages have a form for [P].
 * Stickers and disappearing messages are left out of them today [O]; groups and calls come later.
 */
export function capabilities({ maxMediaBytes }: { readonly maxMediaBytes: number }): Capabilities {
  return {
    features: {
      text: 'full',
      formatting: 'partial',
      image: 'full',
      video: 'full',
      audio: 'full',
      voice: 'full',
      file: 'full',
      sticker: 'none',
      location: 'full',
      contact: 'full',
      poll: 'none',
      reply: 'full',
      thread: 'none',
      mention: 'partial',
      edit: 'full',
      // One reaction of each person to a message.
      reaction: 'partial',
      redaction: 'full',
      'delivery-receipt': 'full',
      'read-receipt': 'full',
      typing: 'full',
      presence: 'none',
      group: 'none',
      link: 'full',
      call: 'none',
      disappearing: 'none',
    },
    maxTextBytes: maxTextBytes.value,
    maxMediaBytes,
    encrypted: true,
    addressIsPrivate: true,
  };
}
