import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { JoinedChats } from '../../../src/core/accepted.ts';
import type { Contact } from '../../../src/core/door.ts';
import { noMentions, type BridgeEvent, type Content } from '../../../src/core/event.ts';
import {
  matrixUserId,
  networkId,
  portalId,
  remoteChatId,
  remoteUserId,
  roomId,
} from '../../../src/core/ids.ts';
import { failedForNow, type Failed } from '../../../src/core/outcome.ts';
import type { DirectPortal } from '../../../src/core/portal.ts';
import { strictDoor } from '../../../src/core/strict-door.ts';
import { hasMediaOrLink, strictPolicy } from '../../../src/core/strict-policy.ts';
import { Strictness, type Strict } from '../../../src/core/strict.ts';
import { MemoryReach } from '../../support/memory-reach.ts';

const alice = matrixUserId('@alice:example.org');
const xmpp = networkId('xmpp');
const bob = remoteUserId('bob@x');
const portal: DirectPortal = {
  kind: 'direct',
  id: portalId('p'),
  key: { network: xmpp, chat: remoteChatId('bob@x'), receiver: alice },
  remote: bob,
  room: roomId('!room:example.org'),
};
const contact: Contact = {
  ...{ network: xmpp, chat: portal.key.chat, kind: 'direct', direction: 'to-matrix' },
  ...{ user: alice, remote: bob, what: 'message', first: false },
};

function door(level: Strict, known: boolean | Failed, encrypted: boolean | Failed) {
  return strictDoor({
    strict: async () => level,
    accepted: { accepted: async () => known },
    isEncrypted: async () => encrypted,
  });
}

describe('strict mode', () => {
  it('asks nothing of users who are not in it, nor of what is said to a whole group', async () => {
    assert.deepEqual(await door('off', false, false).admit(contact), { kind: 'pass' });
    assert.deepEqual(await door('on', false, false).admit({ ...contact, user: undefined }), { kind: 'pass' });
  });

  it('is silence for who was not accepted, invitations into groups included', async () => {
    const silence = { kind: 'blocked', rule: 'strict-stranger', told: 'nobody' };
    for (const level of ['on', 'unencrypted'] as const) {
      assert.deepEqual(await door(level, false, true).admit(contact), silence);
      const invitation = { ...contact, kind: 'group', what: 'invitation' } as const;
      assert.deepEqual(await door(level, false, true).admit(invitation), silence);
      assert.deepEqual(await door(level, true, true).admit(contact), { kind: 'pass' });
    }
  });

  it('gives nothing away of what the user does, and lets signals of accepted people in', async () => {
    for (const what of ['typing', 'presence', 'receipt'] as const) {
      const given = await door('unencrypted', true, true).admit({
        ...contact,
        what,
        direction: 'to-network',
      });
      assert.deepEqual(given, { kind: 'blocked', rule: 'strict-signals', told: 'nobody' });
      assert.deepEqual(await door('unencrypted', true, true).admit({ ...contact, what }), { kind: 'pass' });
    }
  });

  it('wants both ways encrypted, unless the user says otherwise, and tells the user alone', async () => {
    const out = { ...contact, direction: 'to-network' } as const;
    const rule = 'strict-encryption';
    assert.deepEqual(await door('on', true, false).admit(out), { kind: 'blocked', rule, told: 'sender' });
    assert.deepEqual(await door('on', true, false).admit(contact), { kind: 'blocked', rule, told: 'nobody' });
    assert.deepEqual(await door('unencrypted', true, false).admit(out), { kind: 'pass' });
    assert.deepEqual(await door('on', true, true).admit(out), { kind: 'pass' });
  });

  it('passes on that it cannot say yet', async () => {
    const failed = failedForNow('link-down');
    assert.equal(await door('on', failed, true).admit(contact), failed);
    assert.equal(await door('on', true, failed).admit(contact), failed);
  });

  it('is remembered, and changes with the next event, also where it could not be written', async () => {
    const store = new MemoryReach();
    const strictness = new Strictness(store, () => 1);
    assert.equal(strictness.known(alice), 'off');
    assert.equal(await strictness.of(alice), 'off');
    await strictness.choose(alice, 'on');
    assert.equal(await strictness.of(alice), 'on');
    assert.equal(strictness.known(alice), 'on');
    assert.equal(store.reads, 2);
    store.broken = true;
    await assert.rejects(strictness.choose(alice, 'off'));
    assert.equal(await strictness.of(alice), 'on');
    assert.equal(await new Strictness(store, () => 1).of(alice), 'on');
  });
});

describe('who is accepted', () => {
  it('has a chat that the user joined; it is asked once for each room', async () => {
    let [isIn, asked]: [boolean | Failed, number] = [false, 0];
    let found: DirectPortal | undefined;
    const accepted = new JoinedChats({
      portals: { byKey: async () => found },
      network: () => ({
        directory: {
          chatWith: () => portal.key.chat,
          find: async () => failedForNow('link-down'),
          profile: async () => failedForNow('link-down'),
        },
      }),
      isIn: async () => {
        asked += 1;
        return isIn;
      },
    });
    const ask = () => accepted.accepted(alice, xmpp, bob);
    assert.deepEqual([await ask(), asked, accepted.last(alice, xmpp, bob)], [false, 0, false]);
    found = portal;
    assert.deepEqual([await ask(), asked], [false, 1]);
    const failed = failedForNow('link-down');
    isIn = failed;
    assert.equal(await ask(), failed);
    isIn = true;
    assert.deepEqual([await ask(), await ask(), asked], [true, true, 3]);
    assert.equal(accepted.last(alice, xmpp, bob), true);
    isIn = false;
    found = { ...portal, room: roomId('!another:example.org') };
    assert.deepEqual([await ask(), accepted.last(alice, xmpp, bob)], [false, false]);
    found = undefined;
    assert.equal(await ask(), false);
  });
});

const text = (plain: string, html?: string): Content => ({
  kind: 'text',
  style: 'normal',
  text: { plain, html },
});
const said = (content: Content): BridgeEvent => ({
  ...{ kind: 'message', cause: 'c', name: undefined, at: 0, mentions: noMentions },
  ...{ sender: { in: 'remote', userId: bob }, replyTo: undefined, thread: undefined, content },
});

describe('media and links', () => {
  const cases: readonly (readonly [boolean, Content])[] = [
    [false, text('Hello. How are you? 3.14 and a: b, e.g. so')],
    [true, text('look at https://example.org/x')],
    [true, text('EXAMPLE.ORG')],
    [true, text('write to mailto:a@b')],
    [true, text('مثال.إختبار')],
    [true, text('look', '<a href="//x">look</a>')],
    [false, text('look', '<b>look</b>')],
    [
      true,
      {
        kind: 'location',
        place: { latitude: 0, longitude: 0, accuracy: undefined, description: 'http://x.test' },
      },
    ],
    [
      true,
      {
        kind: 'poll',
        poll: {
          question: 'q',
          answers: [{ id: '1', text: 'www.x.test' }],
          maxSelections: 1,
          disclosed: true,
        },
      },
    ],
  ];
  for (const [expected, content] of cases)
    it(`${expected ? 'are' : 'are not'} in ${JSON.stringify(content).slice(0, 80)}`, () =>
      assert.equal(hasMediaOrLink(said(content)), expected));

  it('are looked for in a time that does not explode', () => {
    const started = performance.now();
    for (const hostile of ['a-'.repeat(50_000), 'a.'.repeat(50_000) + '1', 'a+.'.repeat(30_000)])
      hasMediaOrLink(said(text(hostile)));
    assert.ok(performance.now() - started < 2_000);
  });

  it('are kept from users in strict mode, of people who are not in their list, and nothing else is', () => {
    const shut = { kind: 'block', rule: 'strict-content' };
    const pass = { kind: 'pass' };
    const inner = { judge: () => ({ kind: 'pass' }) as const };
    const link = said(text('https://example.org'));
    const judge = (strict: Strict, listed: boolean, event = link) =>
      strictPolicy(inner, { strict: () => strict, listed: () => listed }).judge(event, portal, 'to-matrix');
    assert.deepEqual(judge('on', false), shut);
    assert.deepEqual(judge('unencrypted', false), shut);
    assert.deepEqual(judge('on', true), pass);
    assert.deepEqual(judge('off', false), pass);
    assert.deepEqual(judge('on', false, said(text('hello'))), pass);
    const policy = strictPolicy(inner, { strict: () => 'on', listed: () => false });
    assert.deepEqual(policy.judge(link, portal, 'to-network'), pass);
    const group = { kind: 'group', key: { ...portal.key, receiver: undefined } } as const;
    assert.deepEqual(policy.judge(link, group, 'to-matrix'), pass);
    const refuses = { judge: () => ({ kind: 'block', rule: 'inner' }) as const };
    assert.deepEqual(
      strictPolicy(refuses, { strict: () => 'on', listed: () => true }).judge(link, portal, 'to-matrix'),
      { kind: 'block', rule: 'inner' },
    );
  });
});
