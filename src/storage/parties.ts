/** Parties, refs and targets as columns. */
import type { Party, Ref, Target } from '../core/event.ts';
import { matrixEventId, matrixUserId, remoteMessageId, remoteUserId } from '../core/ids.ts';
import { type Row, text, texts } from './rows.ts';
import { indexed } from './stored-text.ts';

/** A message's name as it is looked up: its side and its indexed form. */
export function nameOf(ref: Ref): readonly [side: 'matrix' | 'remote', name: string] {
  return [ref.in, indexed(ref.in === 'matrix' ? ref.eventId : ref.messageId)];
}

/** All names of a target. */
export function refsOf(target: Target): readonly Ref[] {
  return [
    ...target.eventIds.map((eventId): Ref => ({ in: 'matrix', eventId })),
    ...target.messageIds.map((messageId): Ref => ({ in: 'remote', messageId })),
  ];
}

export function partyOf(row: Row): Party {
  const author = text(row, 'author');
  return text(row, 'author_side') === 'matrix'
    ? { in: 'matrix', userId: matrixUserId(author) }
    : { in: 'remote', userId: remoteUserId(author) };
}

export function targetOf(row: Row): Target {
  const [eventId, ...eventIds] = texts(row, 'event_ids').map(matrixEventId);
  const [messageId, ...messageIds] = texts(row, 'message_ids').map(remoteMessageId);
  if (eventId === undefined || messageId === undefined) {
    throw new Error('a stored message lacks a name on one side');
  }
  return { eventIds: [eventId, ...eventIds], messageIds: [messageId, ...messageIds], author: partyOf(row) };
}
