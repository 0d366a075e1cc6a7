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
    maxTextBytes: config.maxTextBytes,
    maxMediaBytes: config.maxMediaBytes,
  };
}
