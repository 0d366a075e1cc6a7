/** Reads on in a room's archive from where it was left: https://xmpp.org/extensions/xep-0313.html#sync */
import type { Failed } from '../../../core/outcome.ts';
import type { ArchivedStanza, ArchivePage, PageStart } from './archive.ts';

/** How far an archive has been read: the name and the time of the last message. */
export interface Position {
  readonly id: string | undefined;
  readonly at: number;
}

/** The text that the core keeps of a position. */
export function positionText({ id, at }: Position): string {
  return JSON.stringify({ at, ...(id === undefined ? {} : { id }) });
}

/** Reads what `positionText` wrote; `undefined` for anything else. */
export function parsePosition(text: string | undefined): Position | undefined {
  if (text === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    const at: unknown = Reflect.get(parsed, 'at');
    const id: unknown = Reflect.get(parsed, 'id');
    if (typeof at !== 'number' || !Number.isFinite(at) || at < 0 || at > 8.64e15) return undefined;
    return { at, id: typeof id === 'string' && id !== '' ? id : undefined };
  } catch {
    return undefined;
  }
}

export interface CatchUpLimits {
  readonly pageSize: number;
  /** Messages in one go, whatever they are. */
  readonly most: number;
  /** Older ones are left out, in milliseconds. */
  readonly oldestMs: number;
}

export interface CatchUpDeps {
  readonly page: (start: PageStart, limit: number) => Promise<ArchivePage | Failed>;
  /** Hands a message on; in order. */
  readonly take: (item: ArchivedStanza) => void;
  /** Resolves once all that was handed on is durable; false where something could not be kept. */
  readonly kept: () => Promise<boolean>;
  readonly now: () => number;
}

/** How it went: `bounded` where the archive went on beyond a limit, so that messages were left out. */
export interface CaughtUp {
  readonly kind: 'caught-up';
  readonly messages: number;
  /** What the archive gave again, and what was older than it should be: neither was handed on. */
  readonly repeated: number;
  readonly backwards: number;
  readonly bounded: boolean;
}

/** Servers write times with differing precision, and clocks are set: so much older is not yet backwards. */
const slackMs = 10 * 60_000;

/** Reads the archive forwards, page by page, until its end or a limit. Whatever the archive answers, it ends. */
export async function catchUp(
  deps: CatchUpDeps,
  from: Position,
  limits: CatchUpLimits,
): Promise<CaughtUp | 'not-kept' | Failed> {
  const floor = deps.now() - limits.oldestMs;
  const tally = { messages: 0, repeated: 0, backwards: 0 };
  const seen = new Set<string>(from.id === undefined ? [] : [from.id]);
  const tooOld = Math.max(floor, from.at - slackMs);
  const since: PageStart = { kind: 'since', at: Math.max(floor, from.at - 1000) };
  let start: PageStart = from.id === undefined || from.at < floor ? since : { kind: 'after', id: from.id };
  for (let pages = 0; pages * limits.pageSize < limits.most; pages += 1) {
    const page = await deps.page(start, limits.pageSize);
    if (page.kind === 'failed') {
      // The archive has forgotten the message that was read last.
      if (start.kind === 'after' && pages === 0 && page.reason === 'no-such-group') {
        start = since;
        continue;
      }
      return page;
    }
    const fresh = page.items.filter(({ id }) => !seen.has(id));
    tally.repeated += page.items.length - fresh.length;
    for (const item of fresh) {
      if (seen.has(item.id)) {
        tally.repeated += 1;
        continue;
      }
      seen.add(item.id);
      if (item.at !== undefined && item.at < tooOld) tally.backwards += 1;
      else {
        deps.take(item);
        tally.messages += 1;
      }
    }
    if (!(await deps.kept())) return 'not-kept';
    if (page.complete || page.last === undefined) return { kind: 'caught-up', ...tally, bounded: false };
    // A page that brings nothing new would be followed by itself.
    if (fresh.length === 0) return { kind: 'caught-up', ...tally, bounded: true };
    start = { kind: 'after', id: page.last };
  }
  return { kind: 'caught-up', ...tally, bounded: true };
}
