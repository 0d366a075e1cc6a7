import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import xml from '@xmpp/xml';
import fc from 'fast-check';
import { failedForGood, failedForNow, type Failed } from '../../../../../src/core/outcome.ts';
import type { ArchivePage, ArchivedStanza, PageStart } from '../../../../../src/networks/xmpp/muc/archive.ts';
import { catchUp, parsePosition, positionText } from '../../../../../src/networks/xmpp/muc/catch-up.ts';

const now = 100 * 24 * 60 * 60_000;
const limits = { pageSize: 10, most: 200, oldestMs: 30 * 24 * 60 * 60_000 };
const item = (id: string, at: number | undefined = now - 1000): ArchivedStanza => ({
  id,
  at,
  stanza: xml('message', {}),
});

/** An archive that answers as it should. */
function honest(items: readonly ArchivedStanza[]) {
  return async (start: PageStart, limit: number): Promise<ArchivePage | Failed> => {
    const first =
      start.kind === 'after'
        ? items.findIndex(({ id }) => id === start.id) + 1
        : items.findIndex(({ at }) => start.kind === 'since' && (at ?? 0) >= start.at);
    if (start.kind === 'after' && first === 0) return failedForGood('no-such-group');
    const page = first === -1 ? [] : items.slice(first, first + limit);
    const complete = first === -1 || first + limit >= items.length;
    return { kind: 'page', items: page, complete, first: page[0]?.id, last: page.at(-1)?.id };
  };
}

async function read(
  page: (start: PageStart, limit: number) => Promise<ArchivePage | Failed>,
  from: { id: string | undefined; at: number } = { id: 'p', at: now - 60_000 },
  kept = async () => true,
) {
  const taken: string[] = [];
  const done = await catchUp({ page, take: ({ id }) => taken.push(id), kept, now: () => now }, from, limits);
  return { taken, done };
}

describe('reading on in an archive', () => {
  const many = [item('p', now - 60_000), ...Array.from({ length: 45 }, (_, index) => item(`m${index}`))];

  it('hands on all that came after the position, in order, over several pages', async () => {
    const { taken, done } = await read(honest(many));
    assert.deepEqual(
      taken,
      many.slice(1).map(({ id }) => id),
    );
    assert.deepEqual(done, { kind: 'caught-up', messages: 45, repeated: 0, backwards: 0, bounded: false });
  });

  it('goes by the time where the archive has forgotten the position', async () => {
    const { taken } = await read(honest(many.slice(1)));
    assert.equal(taken.length, 45);
  });

  it('leaves out what is older than the limit, and does not ask for it', async () => {
    const starts: PageStart[] = [];
    const page = honest(many);
    await read(
      async (start, limit) => {
        starts.push(start);
        return page(start, limit);
      },
      { id: 'p', at: 5 },
    );
    assert.deepEqual(starts[0], { kind: 'since', at: now - limits.oldestMs });
  });

  it('ends where the archive goes in circles, whatever it says', async () => {
    const circle = [item('a'), item('b')];
    const { taken, done } = await read(async () => ({
      ...{ kind: 'page', items: circle, complete: false, first: 'a', last: 'b' },
    }));
    assert.deepEqual(taken, ['a', 'b']);
    assert.ok(typeof done === 'object' && done.kind === 'caught-up' && done.bounded && done.repeated === 2);
  });

  it('ends where the archive never does', async () => {
    let count = 0;
    const { taken, done } = await read(async (_, limit) => {
      const items = Array.from({ length: limit }, () => item(`n${(count += 1)}`));
      return { kind: 'page', items, complete: false, first: items[0]?.id, last: items.at(-1)?.id };
    });
    assert.equal(taken.length, limits.most);
    assert.ok(typeof done === 'object' && done.kind === 'caught-up' && done.bounded);
  });

  it('does not hand on what an archive that runs backwards digs up', async () => {
    const old = item('old', now - 60 * 60_000);
    const { taken, done } = await read(async () => ({
      ...{ kind: 'page', items: [item('new'), old], complete: true, first: 'new', last: 'old' },
    }));
    assert.deepEqual(taken, ['new']);
    assert.ok(typeof done === 'object' && done.kind === 'caught-up' && done.backwards === 1);
  });

  it('stops where something could not be kept, and where the archive fails', async () => {
    let pages = 0;
    const page = honest(many);
    const { taken, done } = await read(
      (start, limit) => {
        pages += 1;
        return page(start, limit);
      },
      undefined,
      async () => false,
    );
    assert.deepEqual([pages, taken.length, done], [1, 10, 'not-kept']);
    const failed = await read(async () => failedForNow('timeout'));
    assert.ok(typeof failed.done === 'object' && failed.done.kind === 'failed');
  });

  it('ends for every archive, and hands nothing on twice', async () => {
    const anyItem = fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd', 'p'),
      at: fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: now * 2 })),
      stanza: fc.constant(xml('message', {})),
    });
    const anyPage = fc.record({
      kind: fc.constant('page' as const),
      items: fc.array(anyItem, { maxLength: 30 }),
      complete: fc.boolean(),
      first: fc.option(fc.string(), { nil: undefined }),
      last: fc.option(fc.constantFrom('a', 'b', 'x'), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(anyPage, { minLength: 1, maxLength: 8 }), async (pages) => {
        let asked = 0;
        const { taken } = await read(async () => pages[(asked += 1) % pages.length] ?? assert.fail());
        assert.equal(new Set(taken).size, taken.length);
        assert.ok(asked <= limits.most / limits.pageSize);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps positions as text, and reads nothing else as one', () => {
    for (const position of [
      { id: 'x"y', at: 5 },
      { id: undefined, at: 7 },
    ]) {
      assert.deepEqual(parsePosition(positionText(position)), position);
    }
    assert.equal(parsePosition(undefined), undefined);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const position = parsePosition(text);
        assert.ok(position === undefined || new Date(position.at).toISOString() !== '');
      }),
    );
  });
});
