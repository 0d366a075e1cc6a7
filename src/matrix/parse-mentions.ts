/** Whom a message calls: https://spec.matrix.org/v1.16/client-server-api/#user-and-room-mentions */
import { noMentions, type Mentions, type Party } from '../core/event.ts';
import { parseMatrixUserId, type MatrixUserId } from '../core/ids.ts';
import { flagIn, objectIn, textIn, textsIn, type JsonObject } from './json-object.ts';
import type { OwnUsers } from './parse-membership.ts';
import { pillsIn } from './pill.ts';

/** As many as are called by name; whoever means more of them calls the room. */
const mostUsers = 100;

/** Reads `m.mentions`; where a client does not write it, whoever stands in the text as a pill is meant. */
export function parseMentions(content: JsonObject, own: OwnUsers): Mentions {
  const declared = objectIn(content, 'm.mentions');
  if (declared === undefined) {
    const users = partiesOf(pillsIn(textIn(content, 'formatted_body')), own);
    return users.length === 0 ? noMentions : { users, room: false };
  }
  const named = (textsIn(declared, 'user_ids') ?? []).slice(0, mostUsers).map((id) => parseMatrixUserId(id));
  const users = partiesOf(
    named.filter((id) => id !== undefined),
    own,
  );
  const room = flagIn(declared, 'room');
  return users.length === 0 && !room ? noMentions : { users, room };
}

/** Ghosts are the people whom they stand for; the bot is nobody. */
function partiesOf(users: readonly MatrixUserId[], own: OwnUsers): readonly Party[] {
  return [...new Set(users)]
    .filter((userId) => userId !== own.bot)
    .slice(0, mostUsers)
    .map((userId): Party => {
      const ghost = own.ghost(userId);
      return ghost === undefined ? { in: 'matrix', userId } : { in: 'remote', userId: ghost.remote };
    });
}
