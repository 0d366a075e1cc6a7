import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noMentions, type Content, type MessageEvent } from '../../../src/core/event.ts';
import { withinReach } from '../../../src/core/fallback.ts';
import { matrixUserId } from '../../../src/core/ids.ts';
import { capabilities as loopback } from '../../../src/networks/loopback/capabilities.ts';
import { loopbackConfig } from '../../../src/networks/loopback/config.ts';
import { capabilities as xmpp } from '../../../src/networks/xmpp/capabilities.ts';
import { media } from '../../support/matrix-events.ts';

const onXmpp = xmpp({ maxMediaBytes: 1, transcodes: false });
const line = 'Delivered late: the message was sent 2026-01-02 03:04 UTC.';

function late(content: Content): MessageEvent {
  return {
    ...{
      kind: 'message',
      cause: 'c',
      sender: { in: 'matrix', userId: matrixUserId('@a:hs') },
      name: undefined,
    },
    ...{ at: Date.UTC(2026, 0, 2, 3, 4, 5), late: true, content, mentions: noMentions },
    ...{ replyTo: undefined, thread: undefined },
  } as const;
}

function reached(event: MessageEvent): Content {
  const within = withinReach(event, onXmpp);
  assert.ok(within.kind === 'message');
  return within.content;
}

describe('a message that is late, on a network without a mark for it', () => {
  it('says so before what it says, with the time when it was sent', () => {
    const text = { plain: 'hello', html: '<b>hello</b>' };
    assert.deepEqual(reached(late({ kind: 'text', style: 'normal', text })), {
      kind: 'text',
      style: 'normal',
      text: { plain: `${line}\nhello`, html: `<p>${line}</p><b>hello</b>` },
    });
    const file = reached(late({ kind: 'media', media: media(), caption: undefined }));
    assert.ok(file.kind === 'media');
    assert.deepEqual(file.caption, { plain: line, html: undefined });
    const captioned = reached(
      late({ kind: 'media', media: media(), caption: { plain: 'my cat', html: undefined } }),
    );
    assert.ok(captioned.kind === 'media');
    assert.equal(captioned.caption?.plain, `${line}\nmy cat`);
    const place = { latitude: 1, longitude: 2, accuracy: undefined, description: undefined };
    const there = reached(late({ kind: 'location', place }));
    assert.ok(there.kind === 'location');
    assert.equal(there.place.description, line);
    const poll = { question: 'tea?', answers: [{ id: 'y', text: 'yes' }], maxSelections: 1, disclosed: true };
    const asked = reached(late({ kind: 'poll', poll }));
    assert.ok(asked.kind === 'poll');
    assert.equal(asked.poll.question, `${line}\ntea?`);
  });

  it('is left as it is where the network has a mark, and where it is in time', () => {
    const content: Content = { kind: 'text', style: 'normal', text: { plain: 'x', html: undefined } };
    const marked = withinReach(late(content), loopback(loopbackConfig.parse({})));
    assert.ok(marked.kind === 'message' && marked.late === true);
    assert.deepEqual(marked.content, content);
    const { cause, sender, name, at, mentions, replyTo, thread } = late(content);
    const inTime = { kind: 'message', cause, sender, name, at, content, mentions, replyTo, thread } as const;
    assert.deepEqual(reached(inTime), content);
  });
});
