/**
 * What third-party chats of WhatsApp carry today, as far as a partner's user can use it, and how sure each is: O = Meta's
 * public overview v1.0.3, P = ordinary clients, from public sources, G = our guess that the partner interface has it as
 * ordinary clients do.
 */
import type { Feature, Level } from '../../core/network.ts';
import type { Mark } from './mark.ts';

export const featureLevels: Readonly<Record<Feature, Level>> = {
  text: 'full',
  formatting: 'partial',
  image: 'full',
  video: 'full',
  audio: 'full',
  voice: 'full',
  file: 'full',
  // Left out today.
  sticker: 'none',
  location: 'full',
  contact: 'full',
  poll: 'none',
  reply: 'full',
  // A thread is a row of replies.
  thread: 'none',
  mention: 'full',
  edit: 'partial',
  // One a person.
  reaction: 'partial',
  redaction: 'partial',
  'delivery-receipt': 'full',
  'read-receipt': 'full',
  typing: 'full',
  presence: 'none',
  // They come later; off.
  group: 'none',
  link: 'full',
  call: 'none',
  // Left out today.
  disappearing: 'none',
};

export const featureMarks: Readonly<Record<Feature, Mark>> = {
  text: 'O',
  formatting: 'P',
  image: 'O',
  video: 'O',
  audio: 'O',
  voice: 'O',
  file: 'O',
  sticker: 'O',
  location: 'G',
  contact: 'G',
  poll: 'G',
  reply: 'O',
  thread: 'G',
  mention: 'P',
  edit: 'G',
  reaction: 'O',
  redaction: 'G',
  'delivery-receipt': 'O',
  'read-receipt': 'O',
  typing: 'O',
  presence: 'G',
  group: 'O',
  link: 'O',
  call: 'O',
  disappearing: 'O',
};
