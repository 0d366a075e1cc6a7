import type { Log } from '../../../core/task.ts';
import type { RemoteChatId } from '../../../core/ids.ts';
import { failedForNow, type Failed } from '../../../core/outcome.ts';
import { attribute } from '../stanza.ts';
import type { Archives, ArchivedStanza } from './archive.ts';
import { catchUp, type CatchUpLimits, type Position } from './catch-up.ts';
import type { RoomEar } from './room-ear.ts';
import type { RoomJournal } from './room-journal.ts';

export interface ArchiveReading {
  readonly archives: Archives;
  /** Who asks: the occupant that listens. */
  readonly from: string;
  readonly room: RemoteChatId;
  readonly ear: RoomEar;
  readonly journal: RoomJournal;
  readonly limits: CatchUpLimits;
  readonly log: Log;
  readonly now: () => number;
}

/** So many of the last messages are looked through for our own. */
const lastPage = 50;
/** While more is said than can wait, the archive is read again, but not for ever. */
const mostRounds = 20;

/**
 * Hears all that the room has said since the position that was told last: from its archive, where it has one that we may
 * read; else what waits goes on as it is. A failure where that has to be tried again.
 */
export async function readOn(reading: ArchiveReading, hasArchive: boolean): Promise<Failed | undefined> {
  const { ear, journal, log } = reading;
  if (journal.gap) {
    if (hasArchive) ear.held.hold();
    ear.forget();
    journal.mend();
  }
  const failed = hasArchive ? await readArchive(reading) : undefined;
  if (failed?.retry.kind === 'later') return failed;
  if (failed !== undefined) {
    // What the room does not let us read is not there for us; what is said from now on is.
    log.warn({ reason: failed.reason, err: failed.cause }, 'xmpp room archive refused');
  }
  if (failed !== undefined || !hasArchive) ear.held.release(false);
  return undefined;
}

/**
 * Reads all that was said since the position, and then lets go what was heard meanwhile. Without a position this is where
 * one begins: what was said before is history. Our own among the last messages are noted first, so that what was sent
 * before a break is not sent again.
 */
async function readArchive(reading: ArchiveReading): Promise<Failed | undefined> {
  const { archives, from, room, ear, journal, limits, log, now } = reading;
  const page = await archives.page(from, room, { kind: 'before', id: undefined }, lastPage);
  if (page.kind === 'failed') return page;
  for (const item of page.items) ear.recognise(item, nickOf(item));
  let position: Position | undefined = journal.position;
  if (position === undefined) {
    const last = page.items.at(-1);
    position = { id: last?.id, at: Math.min(last?.at ?? now(), now()) };
    journal.pass(position);
    await journal.settled();
    if (ear.held.release()) return undefined;
  }
  for (let round = 0; round < mostRounds; round += 1) {
    const done = await catchUp(
      {
        page: (start, limit) => archives.page(from, room, start, limit),
        take: (item) => ear.read(item, nickOf(item)),
        kept: () => journal.settled(),
        now,
      },
      position,
      limits,
    );
    if (done === 'not-kept') return failedForNow('internal');
    if (done.kind === 'failed') return done;
    const { messages, repeated, backwards, bounded } = done;
    if (messages + repeated + backwards > 0)
      log.info({ messages, repeated, backwards, bounded }, 'xmpp room archive read');
    if (bounded)
      log.warn({ messages, repeated, backwards }, 'xmpp room archive is longer than what is read of it');
    if (ear.held.release()) return undefined;
    ear.held.hold();
    position = journal.position ?? position;
  }
  ear.held.release();
  return undefined;
}

/** The nickname of an archived message's author. */
export function nickOf({ stanza }: ArchivedStanza): string {
  const from = attribute(stanza, 'from') ?? '';
  const slash = from.indexOf('/');
  return slash === -1 ? '' : from.slice(slash + 1);
}
