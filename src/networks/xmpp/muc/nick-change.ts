/** A user's occupant takes another nickname: https://xmpp.org/extensions/xep-0045.html#changenick */
import type { MatrixUserId } from '../../../core/ids.ts';
import type { JoinedAs } from '../../../core/network.ts';
import { failedForGood, failedForNow, type Failed } from '../../../core/outcome.ts';
import { nickFrom } from './occupant-names.ts';
import type { Seat } from './seat.ts';

/** Where the room does not give the nickname (it is taken, or locked), the user keeps the one that they have. */
export async function changeNick(
  seats: { seat(user: MatrixUserId): Seat | undefined } | undefined,
  user: MatrixUserId,
  wanted: string,
  fallback: string,
): Promise<JoinedAs | Failed> {
  const seat = seats?.seat(user);
  if (seat === undefined) return failedForGood('forbidden');
  if (seat.state !== 'in') return failedForNow('link-down');
  if ((await seat.rename(nickFrom(wanted, fallback))) === 'late') return failedForNow('timeout');
  return { kind: 'joined', nick: seat.nick };
}
