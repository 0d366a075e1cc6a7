/** What was said in a room before: https://xmpp.org/extensions/xep-0313.html, backwards by https://xmpp.org/extensions/xep-0059.html */
import type { Arrival } from '../../../core/network.ts';
import type { Failed } from '../../../core/outcome.ts';
import type { Archives } from './archive.ts';
import { nickOf } from './room-archive.ts';
import type { Room } from './room.ts';
import { failedForNow } from '../../../core/outcome.ts';

const mostAtOnce = 250;
/** Pages that bring nothing to hand on are passed over, but not for ever. */
const mostPages = 20;

export interface HistoryAnswer {
  readonly kind: 'history';
  readonly arrivals: readonly Arrival[];
  readonly before: string | undefined;
}

/** The last messages before a mark, oldest first. `before` of the answer is the next mark, none at the archive's beginning. */
export async function readHistory(
  archives: Archives,
  room: Room,
  limit: number,
  before: string | undefined,
): Promise<HistoryAnswer | Failed> {
  let mark = before;
  let arrivals: readonly Arrival[] = [];
  for (let pages = 0; pages < mostPages && arrivals.length < limit; pages += 1) {
    const from = room.listener?.owner.address;
    if (from === undefined) return failedForNow('link-down');
    const size = Math.min(mostAtOnce, limit - arrivals.length);
    const page = await archives.page(from, room.chat, { kind: 'before', id: mark }, size);
    if (page.kind === 'failed') return page;
    const found = page.items.flatMap((item) => room.ear.recall(item, nickOf(item)) ?? []);
    arrivals = [...found, ...arrivals];
    if (page.complete || page.first === undefined || page.first === mark)
      return { kind: 'history', arrivals, before: undefined };
    mark = page.first;
  }
  return { kind: 'history', arrivals, before: mark };
}
