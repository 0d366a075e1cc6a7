import type { Capabilities } from '../../core/network.ts';
import type { LoopbackConfig } from './config.ts';

/** Everything that the bridge knows of, and the configured limits. */
export function capabilities(config: LoopbackConfig): Capabilities {
  return {
    features: {
      text: 'full',
      formatting: 'full',
      image: 'full',
      video: 'full',
      audio: 'full',
      file: 'full',
      reply: 'full',
      edit: 'full',
      reaction: 'full',
      redaction: 'full',
      'delivery-receipt': 'full',
      voice: 'full',
      sticker: 'full',
      location: 'full',
      contact: 'full',
      poll: 'full',
      thread: 'full',
      mention: 'full',
      'read-receipt': 'full',
      typing: 'full',
      presence: 'full',
      group: 'full',
      link: 'full',
      call: 'fallback',
      disappearing: 'full',
    },
    maxTextBytes: config.maxTextBytes,
    maxMediaBytes: config.maxMediaBytes,
    late: 'mark',
    addressIsPrivate: config.addressIsPrivate,
  };
}
