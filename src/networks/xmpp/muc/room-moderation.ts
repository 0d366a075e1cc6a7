import type { EventOf } from '../../../core/event.ts';
import type { Handled } from '../../../core/network.ts';
import { failedForGood, type Unsupported } from '../../../core/outcome.ts';
import type { Link } from '../client.ts';
import type { Answer } from '../iq.ts';
import { byRoomNames } from './groupchat.ts';
import { moderationRequest } from './moderation.ts';
import { failureOf } from './room-info.ts';
import type { Voice } from './room-voice.ts';

const patienceMs = 20_000;
const noModeration: Unsupported = { kind: 'unsupported', reason: 'no-moderation' };

/** Takes back what somebody else wrote. Asks the room as one of its occupants, for each stanza that the message went over as. Asking again does no harm. */
export async function moderate(
  link: Link,
  event: EventOf<'moderation'>,
  { room, seat }: Voice,
): Promise<Handled> {
  const { info, chat } = room;
  if (info?.moderation === undefined || !info.stanzaIds) return noModeration;
  for (const target of byRoomNames(event.target).messageIds) {
    const child = moderationRequest(info.moderation, target, event.reason);
    const answer = await link.ask({ type: 'set', from: seat.owner.address, to: chat, child }, patienceMs);
    if (answer.kind === 'result') continue;
    return answer.kind === 'error' ? refusedBy(answer) : failureOf(answer, 'no-such-group');
  }
  return { kind: 'sent', messageIds: [] };
}

/** XEP-0425, section 5: the room does not know the message, or not this request at all. */
function refusedBy(answer: Extract<Answer, { kind: 'error' }>): Handled {
  switch (answer.condition) {
    case 'item-not-found':
      return failedForGood('unknown-target');
    case 'feature-not-implemented':
    case 'service-unavailable':
      return noModeration;
    default:
      return failureOf(answer, 'no-such-group');
  }
}
