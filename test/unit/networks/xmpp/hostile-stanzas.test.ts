import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Element } from '@xmpp/xml';
import fc from 'fast-check';
import type { UnresolvedEvent } from '../../../../src/core/event.ts';
import type { OpenedArrival } from '../../../../src/core/network.ts';
import { openStanza } from '../../../../src/networks/xmpp/from-remote.ts';
import { namespaces } from '../../../../src/networks/xmpp/namespaces.ts';
import { mostFiles } from '../../../../src/networks/xmpp/files.ts';
import { stanzaLimits } from '../../../../src/networks/xmpp/stanza.ts';
import {
  arrivalOf,
  chatMessage,
  fallbackFor,
  hostileStanza,
  mentionOf,
  openContext,
  outOfBand,
  replyTo,
  rosterItems,
  sharing,
  thumbnailAt,
  xhtmlIm,
} from '../../../support/stanzas.ts';

const open = (stanza: Element | string): OpenedArrival => openStanza(arrivalOf(stanza), 'cause', openContext);

function kindsOf(opened: OpenedArrival): readonly string[] {
  if (opened.kind !== 'event') return [opened.kind];
  const { event } = opened;
  if (event.kind !== 'message' && event.kind !== 'edit') return [event.kind];
  const { content } = event;
  const media = content.kind === 'media' ? content.media : undefined;
  return [
    ...[event.kind, content.kind],
    ...(media === undefined ? [] : [media.kind]),
    ...(media?.blurhash === undefined ? [] : ['blurhash']),
    ...(event.mentions.users.length === 0 ? [] : ['mentions']),
    ...(event.kind === 'message' && event.thread !== undefined ? ['thread'] : []),
  ];
}

/** What no stanza brings beyond: places on earth, numbers that make sense, a bounded number of files and people. */
function assertBounded(event: UnresolvedEvent): void {
  if (event.kind !== 'message' && event.kind !== 'edit') return;
  assert.ok(event.mentions.users.length <= 50);
  const { content } = event;
  if (content.kind === 'location') {
    const { latitude, longitude, accuracy = 0 } = content.place;
    assert.ok(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && accuracy >= 0 && accuracy < 4e7);
  }
  const files = content.kind === 'media' ? [content.media] : content.kind === 'gallery' ? content.items : [];
  assert.ok(files.length <= mostFiles);
  for (const { name, width = 1, height = 1, duration = 0, size = 0 } of files) {
    assert.ok(name !== '' && !/[\p{Cc}/]/u.test(name), name);
    for (const number of [width, height]) assert.ok(number > 0 && number <= 100_000);
    assert.ok(duration >= 0 && Number.isSafeInteger(duration) && size >= 0);
  }
}

describe('hostile stanzas', () => {
  it('end in one outcome each, in bounded time', () => {
    const seen = new Map<string, number>();
    const started = performance.now();
    fc.assert(
      fc.property(hostileStanza, (raw) => {
        const opened = open(raw);
        assert.ok(['event', 'ignored', 'unsupported'].includes(opened.kind));
        for (const what of kindsOf(opened)) seen.set(what, (seen.get(what) ?? 0) + 1);
        if (opened.kind === 'event') assertBounded(opened.event);
        assert.deepEqual(open(raw).kind, opened.kind);
      }),
      { numRuns: 12_000 },
    );
    assert.ok(performance.now() - started < 20_000);
    // The generator reaches every kind; otherwise it would prove nothing.
    const kinds = ['message', 'edit', 'reaction', 'redaction', 'receipt', 'ignored', 'unsupported'];
    const contents = [
      'text',
      'media',
      'gallery',
      'location',
      'sticker',
      'contact',
      'blurhash',
      'mentions',
      'thread',
    ];
    for (const kind of [...kinds, ...contents])
      assert.ok((seen.get(kind) ?? 0) > 10, `${kind}: ${seen.get(kind) ?? 0}`);
  });

  it('are bounded in size, depth and number of elements, and take linear time', () => {
    const size = stanzaLimits.characters - 1000;
    const cases: readonly (readonly [what: string, raw: string])[] = [
      ['depth', `<message>${'<a>'.repeat(100)}${'</a>'.repeat(100)}</message>`],
      ['elements', `<message>${'<a/>'.repeat(20_000)}</message>`],
      ['size', `<message><body>${'a'.repeat(stanzaLimits.characters)}</body></message>`],
      ['open text', `<message><body/>${'a'.repeat(size)}`],
      ['open attribute', `<message a="${'a'.repeat(size)}`],
      ['open comment', `<message><!--${'-'.repeat(size)}`],
      ['open tag', `<message ${' '.repeat(size)}`],
      ['many attributes', `<message ${'a="" '.repeat(size / 6)}`],
      ['ampersands', `<message><body>${'&'.repeat(size)}</body></message>`],
      ['references', `<message><body>${'&amp;'.repeat(size / 5)}</body></message>`],
      ['asterisks', `<message><body>${'*'.repeat(size)}</body></message>`],
      ['quotations', `<message><body>${'&gt; '.repeat(size / 5)}</body></message>`],
      [
        'ranges',
        chatMessage(
          'a'.repeat(size / 4),
          replyTo('x'),
          ...Array.from({ length: 1500 }, (_, at) => fallbackFor(namespaces.reply, [at * 2, at * 2 + 1])),
        ).toString(),
      ],
      [
        'mentions',
        chatMessage(
          'a'.repeat(size / 4),
          ...Array.from({ length: 1500 }, (_, at) =>
            mentionOf('xmpp:alice@bridge.example.org', { begin: String(at), end: String(at + 3) }),
          ),
        ).toString(),
      ],
      ['place', `<message><body>geo:1,2${';a=b'.repeat(size / 8)}</body></message>`],
      [
        'addresses',
        `<message><body>${'https://e.org/a '.repeat(size / 20)}</body>${String(outOfBand('https://e.org/a'))}</message>`,
      ],
      [
        'picture',
        chatMessage(
          undefined,
          sharing(
            'https://e.org/a',
            {},
            thumbnailAt(`data:image/png;base64,${'A'.repeat(size / 2)}`, 'image/png'),
          ),
        ).toString(),
      ],
      [
        'people',
        chatMessage(
          undefined,
          rosterItems(
            ...Array.from({ length: 4000 }, (_, at) => ({ jid: `a${at}@b.c`, name: 'ä'.repeat(20) })),
          ),
        ).toString(),
      ],
      ['formatted', `<message><body>a</body>${xhtmlIm('<p style="a:b;c:d">x</p>'.repeat(1500))}</message>`],
    ];
    for (const [what, raw] of cases) {
      const started = performance.now();
      open(raw);
      const took = performance.now() - started;
      assert.ok(took < 1500, `${what} took ${took} ms`);
    }
    assert.deepEqual(open(cases[0]?.[1] ?? ''), { kind: 'unsupported', reason: 'too-large' });
    assert.deepEqual(open(cases[1]?.[1] ?? ''), { kind: 'unsupported', reason: 'too-large' });
    assert.deepEqual(open(cases[2]?.[1] ?? ''), { kind: 'unsupported', reason: 'too-large' });
  });
});
