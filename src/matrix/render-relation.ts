/**
 * How events refer to others and whom they call: https://spec.matrix.org/v1.16/client-server-api/#forming-relationships-between-events,
 * #threading, #user-and-room-mentions. Pure.
 */
import type { Mentions, MessageEvent, Party } from '../core/event.ts';
import type { MatrixUserId } from '../core/ids.ts';
import { eventMeant } from '../core/target.ts';
import type { Called } from './pill.ts';
import type { MatrixContent } from './render-text.ts';

/** Who a party is on Matrix, and how a text may name them; `undefined` for whom there is no account. */
export type Calling = (party: Party) => Called | undefined;

/** What a message's events carry beside what they say: the first, and those that follow it. */
export interface Relations {
  readonly first: MatrixContent;
  readonly rest: MatrixContent;
}

/** The reply, the thread and the mentions of a message. Whom it answers is called too. */
export function relationsOf(event: MessageEvent, calling: Calling): Relations {
  const { replyTo, thread, mentions } = event;
  const answered: MatrixUserId[] = replyTo?.author.in === 'matrix' ? [replyTo.author.userId] : [];
  const called = calledIn(mentions, calling).map(({ userId }) => userId);
  return {
    first: { ...relatesTo(event), 'm.mentions': mentionFields([...answered, ...called], mentions.room) },
    rest: {
      ...(thread === undefined ? {} : relatesTo({ thread, replyTo: undefined })),
      'm.mentions': {},
    },
  };
}

/** Everybody whom a message calls by name and who is on Matrix. */
export function calledIn(mentions: Mentions, calling: Calling): readonly Called[] {
  return mentions.users.map((party) => calling(party)).filter((called) => called !== undefined);
}

/** The value of `m.mentions`. */
export function mentionFields(users: readonly MatrixUserId[], room: boolean): MatrixContent {
  return {
    ...(users.length === 0 ? {} : { user_ids: [...new Set(users)] }),
    ...(room ? { room: true } : {}),
  };
}

function relatesTo({ thread, replyTo }: Pick<MessageEvent, 'thread' | 'replyTo'>): MatrixContent {
  const answered = replyTo ?? thread;
  if (answered === undefined) return {};
  const reply = { 'm.in_reply_to': { event_id: eventMeant(answered) } };
  if (thread === undefined) return { 'm.relates_to': reply };
  // Clients without threads show what is no reply as one to the message that began the thread.
  const fallsBack = replyTo === undefined;
  return {
    'm.relates_to': {
      ...{ rel_type: 'm.thread', event_id: thread.eventIds[0] },
      ...{ is_falling_back: fallsBack, ...reply },
    },
  };
}
