/** The archive of a room: https://xmpp.org/extensions/xep-0313.html, in pages: https://xmpp.org/extensions/xep-0059.html */
import { randomUUID } from 'node:crypto';
import xml, { type Element } from '@xmpp/xml';
import { failedForGood, type Failed } from '../../../core/outcome.ts';
import type { Link } from '../client.ts';
import { attribute } from '../stanza.ts';
import { namespaces } from './namespaces.ts';
import { failureOf } from './room-info.ts';

/** A message as the archive keeps it. */
export interface ArchivedStanza {
  /** The archive's name for it, which is its stanza-id. */
  readonly id: string;
  /** Milliseconds since the epoch; undefined where the archive gives no sane time. */
  readonly at: number | undefined;
  readonly stanza: Element;
}

/** A page, in the archive's order. `complete`: there is nothing beyond it in the direction that was asked for. */
export interface ArchivePage {
  readonly kind: 'page';
  readonly items: readonly ArchivedStanza[];
  readonly complete: boolean;
  readonly first: string | undefined;
  readonly last: string | undefined;
}

/** Where a page begins: after or before a name, from a time on, or at the end. */
export type PageStart =
  | { readonly kind: 'after'; readonly id: string }
  | { readonly kind: 'since'; readonly at: number }
  | { readonly kind: 'before'; readonly id: string | undefined };

const patienceMs = 30_000;
/** A page that is longer than what was asked for is cut. */
const mostItems = 1000;

/** Asks rooms for pages of their archives, and gathers what they answer with. */
export class Archives {
  readonly #link: Link;
  readonly #open = new Map<string, { readonly room: string; readonly items: ArchivedStanza[] }>();

  constructor(link: Link) {
    this.#link = link;
  }

  /** To be given every message with a result; only what was asked for, from whom it was asked, counts. */
  take(result: Element, room: string): void {
    const query = this.#open.get(attribute(result, 'queryid') ?? '');
    const item = query?.room === room && query.items.length < mostItems ? readResult(result) : undefined;
    if (item !== undefined) query?.items.push(item);
  }

  /** One page. `no-such-group`: the archive does not know the name that the page was to begin at (or has no room). */
  async page(from: string, room: string, start: PageStart, limit: number): Promise<ArchivePage | Failed> {
    const queryId = randomUUID();
    const items: ArchivedStanza[] = [];
    this.#open.set(queryId, { room, items });
    try {
      const child = queryElement(queryId, start, limit);
      const answer = await this.#link.ask({ type: 'set', from, to: room, child }, patienceMs);
      if (answer.kind !== 'result') return failureOf(answer, 'no-such-group');
      const fin = answer.stanza.getChild('fin', namespaces.mam);
      if (fin === undefined) return failedForGood('network-refused', new Error('an archive without an end'));
      const set = fin.getChild('set', namespaces.rsm);
      return {
        kind: 'page',
        items,
        complete: attribute(fin, 'complete') === 'true' || attribute(fin, 'complete') === '1',
        first: set?.getChildText('first') ?? items[0]?.id,
        last: set?.getChildText('last') ?? items.at(-1)?.id,
      };
    } finally {
      this.#open.delete(queryId);
    }
  }
}

/** Reads what an archive forwards; `undefined` where it is no message of a room with a name. */
export function readResult(result: Element): ArchivedStanza | undefined {
  const forwarded = result.getChild('forwarded', namespaces.forward);
  const stanza = forwarded?.getChild('message');
  const id = attribute(result, 'id');
  if (stanza === undefined || id === undefined || id.length > 1024) return undefined;
  const delay = forwarded?.getChild('delay', namespaces.delay);
  const at = Date.parse((delay && attribute(delay, 'stamp')) ?? '');
  return { id, at: Number.isFinite(at) && at > 0 ? at : undefined, stanza };
}

function queryElement(queryId: string, start: PageStart, limit: number): Element {
  const field = (name: string, value: string, type?: string): Element =>
    xml('field', { var: name, ...(type === undefined ? {} : { type }) }, xml('value', {}, value));
  const since = start.kind === 'since' ? [field('start', new Date(start.at).toISOString())] : [];
  const at =
    start.kind === 'after'
      ? [xml('after', {}, start.id)]
      : start.kind === 'before'
        ? [xml('before', {}, start.id ?? '')]
        : [];
  return xml(
    'query',
    { xmlns: namespaces.mam, queryid: queryId },
    xml(
      'x',
      { xmlns: namespaces.form, type: 'submit' },
      field('FORM_TYPE', namespaces.mam, 'hidden'),
      ...since,
    ),
    xml('set', { xmlns: namespaces.rsm }, xml('max', {}, String(limit)), ...at),
  );
}
