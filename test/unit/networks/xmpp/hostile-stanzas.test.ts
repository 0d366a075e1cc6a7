import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Element } from '@xmpp/xml';
import fc from 'fast-check';
import type { OpenedArrival } from '../../../../src/core/network.ts';
import { openStanza } from '../../../../src/networks/xmpp/from-remote.ts';
import { namespaces } from '../../../../src/networks/xmpp/namespaces.ts';
import { stanzaLimits } from '../../../../src/networks/xmpp/stanza.ts';
import {
  arrivalOf,
  chatMessage,
  fallbackFor,
  hostileStanza,
  openContext,
  replyTo,
  xhtmlIm,
} from '../../../support/stanzas.ts';

const open = (stanza: Element | string): OpenedArrival => openStanza(arrivalOf(stanza), 'cause', openContext);

describe('hostile stanzas', () => {
  it('end in one outcome each, in bounded time', () => {
    const seen = new Map<string, number>();
    const started = performance.now();
    fc.assert(
      fc.property(hostileStanza, (raw) => {
        const opened = open(raw);
        assert.ok(['event', 'ignored', 'unsupported'].includes(opened.kind));
        const what = opened.kind === 'event' ? opened.event.kind : opened.kind;
        seen.set(what, (seen.get(what) ?? 0) + 1);
        assert.deepEqual(open(raw).kind, opened.kind);
      }),
      { numRuns: 12_000 },
    );
    assert.ok(performance.now() - started < 20_000);
    // The generator reaches every kind; otherwise it would prove nothing.
    for (const kind of ['message', 'edit', 'reaction', 'redaction', 'receipt', 'ignored', 'unsupported'])
      assert.ok((seen.get(kind) ?? 0) > 20, `${kind}: ${seen.get(kind) ?? 0}`);
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
