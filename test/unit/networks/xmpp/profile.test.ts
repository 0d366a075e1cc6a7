import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import xml, { type Element } from '@xmpp/xml';
import type { Link } from '../../../../src/networks/xmpp/client.ts';
import type { Answer } from '../../../../src/networks/xmpp/iq.ts';
import { askProfile } from '../../../../src/networks/xmpp/profile.ts';

describe('the name of a person', () => {
  const nick = (name: string): Element => {
    const item = xml('item', {}, xml('nick', 'http://jabber.org/protocol/nick', name));
    return xml('pubsub', 'http://jabber.org/protocol/pubsub', xml('items', {}, item));
  };
  const card = (...fields: Element[]): Element => xml('vCard', 'vcard-temp', ...fields);
  const nameFrom = async (answers: { pubsub?: Element; vCard?: Element }): Promise<string | undefined> => {
    const link: Link = {
      deliver: async () => true,
      post: () => undefined,
      ask: async ({ child }): Promise<Answer> => {
        const answer = child.name === 'pubsub' ? answers.pubsub : answers.vCard;
        if (answer === undefined) return { kind: 'no-answer', why: 'timeout' };
        return { kind: 'result', stanza: xml('iq', {}, answer) };
      },
    };
    return (await askProfile(link, 'gate.test', 'bob@example.org')).name;
  };

  it('is the published nickname, else the full name, else the nickname of the card', async () => {
    const [full, short] = [xml('FN', {}, 'Bob B. Bobson'), xml('NICKNAME', {}, 'bobby')];
    assert.equal(await nameFrom({ pubsub: nick('Bob'), vCard: card(full, short) }), 'Bob');
    assert.equal(await nameFrom({ vCard: card(short, full) }), 'Bob B. Bobson');
    assert.equal(await nameFrom({ pubsub: nick(' '), vCard: card(short) }), 'bobby');
    assert.equal(await nameFrom({}), undefined);
  });

  it('is one line without what turns or hides text, and not long', async () => {
    assert.equal(await nameFrom({ pubsub: nick('\u202eevil\nname\u200b\u0007') }), 'evil name');
    assert.equal((await nameFrom({ pubsub: nick('x'.repeat(500)) }))?.length, 100);
  });
});
