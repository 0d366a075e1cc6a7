import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Contact } from '../../../src/core/door.ts';
import { noMentions, type Content, type UnresolvedEvent } from '../../../src/core/event.ts';
import {
  matrixUserId,
  networkId,
  remoteChatId,
  remoteUserId,
  type MatrixUserId,
} from '../../../src/core/ids.ts';
import type { IdentityState } from '../../../src/core/identities.ts';
import { failedForNow, type Failed } from '../../../src/core/outcome.ts';
import { strictDoor } from '../../../src/core/strict-door.ts';
import { strictLevels, Strictness, type Strict } from '../../../src/core/strict.ts';
import { MemoryReach } from '../../support/memory-reach.ts';

const alice = matrixUserId('@alice:example.org');
const xmpp = networkId('xmpp');
const bob = remoteUserId('bob@x');
const contact: Contact = {
  ...{ network: xmpp, chat: remoteChatId('bob@x'), kind: 'direct', direction: 'to-matrix' },
  ...{ user: alice, remote: bob, what: 'message', first: false },
};

const text = (plain: string, html?: string): Content => ({
  kind: 'text',
  style: 'normal',
  text: { plain, html },
});
const said = (content: Content): UnresolvedEvent => ({
  ...{ kind: 'message', cause: 'c', name: undefined, at: 0, mentions: noMentions },
  ...{ sender: { in: 'remote', userId: bob }, replyTo: undefined, thread: undefined, content },
});

function door(
  level: Strict,
  known: boolean | Failed,
  encrypted: boolean | Failed,
  members: readonly (readonly [MatrixUserId, Strict])[] = [],
  identity: IdentityState = 'unchanged',
) {
  const levels = new Map([[alice, level], ...members]);
  return strictDoor({
    strictness: {
      of: async (user) => levels.get(user) ?? 'off',
      any: async () => [...levels.values()].some((one) => one !== 'off'),
    },
    accepted: { accepted: async () => known },
    isEncrypted: async () => encrypted,
    identities: { state: async () => identity },
    members: async () => members.map(([user]) => user),
  });
}

describe('strict mode', () => {
  const bobUser = matrixUserId('@bob:example.org');
  const inGroup: Contact = {
    ...{ network: xmpp, chat: remoteChatId('salon'), kind: 'group', direction: 'to-matrix' },
    ...{ user: undefined, remote: bob, what: 'message', first: false },
  };
  const withLink = { ...inGroup, event: said(text('https://example.org')) };
  const withText = { ...inGroup, event: said(text('hello')) };

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
      // It is only said to come from somebody who was accepted.
      assert.deepEqual(await door(level, true, true).admit({ ...invitation, unvouched: true }), silence);
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

  it('holds what somebody says whose identity has changed, and lets nothing out to them', async () => {
    const changed = door('unencrypted', true, true, [], 'changed');
    const rule = 'strict-identity';
    for (const what of ['message', 'edit', 'reaction', 'redaction', 'receipt', 'invitation'] as const)
      assert.deepEqual(await changed.admit({ ...contact, what }), { kind: 'held', rule });
    assert.deepEqual(await changed.admit({ ...contact, what: 'typing' }), {
      ...{ kind: 'blocked', rule, told: 'nobody' },
    });
    assert.deepEqual(await changed.admit({ ...contact, direction: 'to-network' }), {
      ...{ kind: 'blocked', rule, told: 'sender' },
    });
    assert.deepEqual(await changed.admit({ ...contact, what: 'identity-change' }), { kind: 'pass' });
    for (const state of ['unchanged', 'verified'] as const)
      assert.deepEqual(await door('unencrypted', true, true, [], state).admit(contact), { kind: 'pass' });
    assert.deepEqual(await door('off', true, true, [], 'changed').admit(contact), { kind: 'pass' });
    const strict = [[alice, 'unencrypted']] as const;
    assert.deepEqual(await door('unencrypted', true, true, strict, 'changed').admit(withLink), {
      ...{ kind: 'blocked', rule: 'strict-content', told: 'nobody' },
    });
  });

  it('refuses calls, of strangers in silence', async () => {
    const call = { ...contact, what: 'call' } as const;
    const rule = 'strict-call';
    assert.deepEqual(await door('on', true, true).admit(call), { kind: 'blocked', rule, told: 'sender' });
    assert.equal((await door('on', false, true).admit(call)).kind, 'blocked');
    const inSalon = { ...inGroup, what: 'call' } as const;
    assert.deepEqual(await door('on', true, true, [[alice, 'on']]).admit(inSalon), {
      ...{ kind: 'blocked', rule, told: 'nobody' },
    });
  });

  it('passes on that it cannot say yet', async () => {
    const failed = failedForNow('link-down');
    assert.equal(await door('on', failed, true).admit(contact), failed);
    assert.equal(await door('on', true, failed).admit(contact), failed);
  });

  it('keeps media and links of who is in no list out of groups of strict users, and nothing else', async () => {
    const shut = { kind: 'blocked', rule: 'strict-content', told: 'nobody' };
    const strict = [[alice, 'unencrypted']] as const;
    const pass = { kind: 'pass' };
    assert.deepEqual(await door('unencrypted', false, false, strict).admit(withLink), shut);
    assert.deepEqual(await door('unencrypted', false, false, strict).admit(withText), pass);
    assert.deepEqual(await door('unencrypted', true, false, strict).admit(withLink), pass);
    const shared = [...strict, [bobUser, 'off']] as const;
    assert.deepEqual(await door('unencrypted', false, false, shared).admit(withLink), pass);
    assert.deepEqual(await door('unencrypted', false, false, []).admit(withLink), pass);
    const failed = failedForNow('link-down');
    assert.equal(await door('unencrypted', failed, false, strict).admit(withLink), failed);
  });

  it('wants groups encrypted where all users in them do, but for who is in them and what is taken back', async () => {
    const shut = { kind: 'blocked', rule: 'strict-encryption', told: 'nobody' };
    const strict = [[alice, 'on']] as const;
    assert.deepEqual(await door('on', true, false, strict).admit(withText), shut);
    assert.deepEqual(await door('on', true, true, strict).admit(withText), { kind: 'pass' });
    for (const what of ['membership', 'redaction', 'moderation'] as const)
      assert.deepEqual(await door('on', true, false, strict).admit({ ...inGroup, what }), { kind: 'pass' });
    const lax = [...strict, [bobUser, 'unencrypted']] as const;
    assert.deepEqual(await door('on', true, false, lax).admit(withText), { kind: 'pass' });
  });

  it('never lets through what it names, and shuts out nothing else', async () => {
    const level = fc.constantFrom(...strictLevels);
    const world = fc.record({
      ...{ alice: level, other: level, isMember: fc.boolean(), isOther: fc.boolean() },
      identity: fc.constantFrom('unchanged' as const, 'changed' as const, 'verified' as const),
      ...{ accepted: fc.boolean(), encrypted: fc.boolean(), hasLink: fc.boolean() },
      direction: fc.constantFrom('to-matrix' as const, 'to-network' as const),
      kind: fc.constantFrom('direct' as const, 'group' as const),
      hasUser: fc.boolean(),
      what: fc.constantFrom<Contact['what']>(
        ...(['message', 'edit', 'reaction', 'redaction', 'moderation', 'receipt', 'typing'] as const),
        ...(['presence', 'membership', 'chat-info', 'vote', 'poll-end', 'invitation'] as const),
        ...(['call', 'timer', 'identity-change'] as const),
      ),
    });
    await fc.assert(
      fc.asyncProperty(world, async (one) => {
        const { direction, kind, what, accepted, encrypted } = one;
        const user = kind === 'direct' || one.hasUser ? alice : undefined;
        const remote = kind === 'group' && direction === 'to-network' ? undefined : bob;
        const members = [
          ...(one.isMember ? [[alice, one.alice] as const] : []),
          ...(one.isOther ? [[bobUser, one.other] as const] : []),
        ];
        const event = said(text(one.hasLink ? 'https://example.org' : 'hello'));
        const admission = await door(one.alice, accepted, encrypted, members, one.identity).admit({
          ...{ network: xmpp, chat: remoteChatId('salon'), kind, direction, user, remote, what },
          ...{ first: false, ...(direction === 'to-matrix' && what === 'message' ? { event } : {}) },
        });
        const brings = direction === 'to-matrix' && what === 'message' && one.hasLink;
        const isKept = what === 'membership' || what === 'redaction' || what === 'moderation';
        const levels = members.map(([, strict]) => strict);
        const isIn = direction === 'to-matrix';
        const doubted = one.identity === 'changed' && remote !== undefined;
        const isNews = isIn && what === 'identity-change';
        const isNamed =
          user !== undefined
            ? one.alice !== 'off' &&
              ((isIn && (!accepted || what === 'call')) ||
                (!isIn && ['typing', 'presence', 'receipt'].includes(what)) ||
                (!isNews && (doubted || (one.alice === 'on' && !encrypted))))
            : direction === 'to-matrix' &&
              levels.length > 0 &&
              !levels.includes('off') &&
              (what === 'call' ||
                (brings && (!accepted || doubted)) ||
                (levels.every((strict) => strict === 'on') && !encrypted && !isKept));
        assert.equal(admission.kind === 'pass', !isNamed);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is remembered, and changes with the next event, also where it could not be written', async () => {
    const store = new MemoryReach();
    const strictness = new Strictness(store, () => 1);
    assert.deepEqual([await strictness.of(alice), await strictness.any()], ['off', false]);
    await strictness.choose(alice, 'on');
    assert.deepEqual([await strictness.of(alice), await strictness.any()], ['on', true]);
    assert.equal(store.reads, 1);
    store.broken = true;
    await assert.rejects(strictness.choose(alice, 'off'));
    assert.equal(await strictness.of(alice), 'on');
    assert.equal(await new Strictness(store, () => 1).of(alice), 'on');
    strictness.forget(alice);
    assert.equal(await strictness.any(), false);
  });

  it('takes what was chosen while it was read', async () => {
    const store = new MemoryReach();
    await store.setStrict(alice, 'on');
    const strictness = new Strictness(store, () => 1);
    const early = strictness.of(alice);
    await strictness.choose(alice, 'unencrypted');
    assert.deepEqual([await early, await strictness.of(alice)], ['unencrypted', 'unencrypted']);
  });
});
