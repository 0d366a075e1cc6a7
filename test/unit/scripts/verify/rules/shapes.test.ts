import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { xml } from '@xmpp/client';
import type { Deed } from '../../../../../scripts/verify/rules/end.ts';
import { plainDeed } from '../../../../../scripts/verify/rules/lane.ts';
import { seenOnMatrix } from '../../../../../scripts/verify/rules/matrix-shapes.ts';
import { partsOf } from '../../../../../scripts/verify/rules/xmpp-parts.ts';
import { seenOnXmpp } from '../../../../../scripts/verify/rules/xmpp-shapes.ts';
import type { SeenEvent } from '../../../../support/matrix-event.ts';
import { NS, type Stanza } from '../../../../support/xmpp-stanzas.ts';

const about = {
  own: { matrix: '$own', xmpp: 'own-name', stanza: 'own-id' },
  other: { matrix: '$other', xmpp: 'other-name', stanza: 'other-id' },
};
const reader = { ghost: '@ghost:hs', me: '@me:hs' };

function event(content: SeenEvent['content'], more: Partial<SeenEvent> = {}): SeenEvent {
  return {
    ...{ roomId: '!r:hs', eventId: '$e', type: 'm.room.message', sender: reader.ghost, stateKey: undefined },
    ...{ encrypted: false, at: 0, relation: undefined, inReplyTo: undefined, redacts: undefined },
    content,
    ...more,
  };
}

function message(...parts: readonly Stanza[]): Stanza {
  return xml('message', { id: 'm', from: 'ghost@x/y', type: 'chat' }, ...parts);
}

describe('how a deed looks on Matrix', () => {
  const seen = (deed: Deed, ...events: readonly SeenEvent[]) => seenOnMatrix(deed, events, reader);

  it('is nothing where it is not there, or somebody else did it', () => {
    const deed = plainDeed('text');
    assert.equal(seen(deed), undefined);
    assert.equal(seen(deed, event({ body: `${deed.mark} and more` })), undefined);
    assert.equal(seen(deed, event({ body: deed.mark }, { sender: '@other:hs' })), undefined);
    assert.equal(seen(deed, event({ body: deed.mark })), 'itself');
  });

  it('tells what was meant from what rules make of it', () => {
    const link = plainDeed('link');
    assert.equal(seen(link, event({ body: `${link.mark} https://example.org/` })), 'itself');
    assert.equal(seen(link, event({ body: `${link.mark} hxxps[:]//example[.]org/` })), 'converted');
    const edit = plainDeed('edit', about);
    const replaces = { type: 'm.replace', eventId: '$own', key: undefined };
    assert.equal(seen(edit, event({ body: `* ${edit.mark}` }, { relation: replaces })), 'itself');
    assert.equal(
      seen(edit, event({ body: `* ${edit.mark}` }, { relation: { ...replaces, eventId: '$x' } })),
      undefined,
    );
    assert.equal(seen(edit, event({ body: `* ${edit.mark}` }, { inReplyTo: '$own' })), 'converted');
    const image = plainDeed('image');
    const file = { body: `picture-${image.mark}.png`, url: 'mxc://hs/1' };
    assert.equal(seen(image, event({ ...file, msgtype: 'm.image' })), 'itself');
    assert.equal(seen(image, event({ ...file, msgtype: 'm.file' })), 'converted');
    const mention = plainDeed('mention');
    const body = `me: ${mention.mark}`;
    assert.equal(seen(mention, event({ body, 'm.mentions': { user_ids: [reader.me] } })), 'itself');
    assert.equal(seen(mention, event({ body, 'm.mentions': {} })), 'converted');
  });
});

describe('how a deed looks on XMPP', () => {
  const seen = (deed: Deed, ...stanzas: readonly Stanza[]) => seenOnXmpp(deed, stanzas);

  it('is what a client on XMPP writes for it', async () => {
    const place = { user: undefined as never, to: 'a@b', other: 'a@b', uploadDomain: 'u' };
    for (const feature of ['text', 'link', 'mention', 'location'] as const) {
      const deed = plainDeed(feature, about);
      assert.equal(seen(deed), undefined);
      assert.equal(seen(deed, message(...(await partsOf(deed, place)))), 'itself', feature);
    }
    for (const feature of ['reply', 'thread', 'edit', 'reaction', 'redaction', 'read-receipt'] as const) {
      const deed = plainDeed(feature, about);
      const stanza = message(...(await partsOf(deed, place)));
      assert.equal(seen(deed, stanza), 'itself', feature);
      assert.equal(
        seen({ ...plainDeed(feature, about), own: deed.other, other: deed.own }, stanza) === 'itself',
        false,
      );
    }
  });

  it('tells what was meant from what rules make of it', () => {
    const bold = plainDeed('formatting');
    assert.equal(seen(bold, message(xml('body', {}, `${bold.mark} *bold*`))), 'itself');
    assert.equal(seen(bold, message(xml('body', {}, `${bold.mark} bold`))), 'converted');
    const edit = plainDeed('edit', about);
    assert.equal(seen(edit, message(xml('body', {}, `* ${edit.mark}`))), 'converted');
    const reaction = plainDeed('reaction', about);
    const answer = [
      xml('body', {}, '👍'),
      xml('reply', { xmlns: NS.reply, to: 'a@b', id: about.other.xmpp }),
    ];
    assert.equal(seen(reaction, message(...answer)), 'converted');
    assert.equal(seen(reaction, message(xml('body', {}, '👍'))), undefined);
    const file = plainDeed('file');
    assert.equal(seen(file, message(xml('body', {}, `noise-${file.mark}.bin`))), 'converted');
  });

  it('shows whether somebody writes by the last that was told', () => {
    const typing = plainDeed('typing');
    const [composing, paused] = ['composing', 'paused'].map((state) =>
      message(xml(state, { xmlns: NS.chatStates })),
    );
    assert.ok(composing !== undefined && paused !== undefined);
    assert.equal(seen(typing, composing), 'itself');
    assert.equal(seen(typing, composing, paused), undefined);
  });
});
