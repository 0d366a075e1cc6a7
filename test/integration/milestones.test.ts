/**
 * The milestones that Meta sets a partner (overview v1.0.3), each against the bridge as host, with a real homeserver and the
 * partner app as its provider. Both sides share our reading of the profile: this shows that it is one with itself.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PartnerUser } from '../../examples/partner-app/user.ts';
import { newCurveKeyPair } from '../../src/interop/noise/curve-key.ts';
import type { Reachability } from '../../src/interop/stanza/interop-asking.ts';
import { sampleOf } from '../conformance/content-samples.ts';
import { delivered, eventually, sees, seesText } from '../conformance/eventually.ts';
import { MatrixGuest } from '../support/matrix-guest.ts';
import type { MatrixUser } from '../support/matrix-user.ts';
import { providerOnLoopback } from '../support/partner-provider.ts';
import {
  acquaint,
  providerBridge,
  type Acquainted,
  type ProviderBridge,
} from '../support/provider-bridge.ts';

const patience = 30_000;

describe("Meta's milestones, against the bridge as host", { timeout: 600_000 }, () => {
  const stack = new AsyncDisposableStack();
  let scene: ProviderBridge;
  let alice: MatrixUser;
  let anna: PartnerUser;
  let known: Acquainted | undefined;
  const met = (): Acquainted => known ?? assert.fail('they have not met');

  before(async () => {
    scene = await providerBridge(stack, { name: 'milestones' });
    alice = await scene.matrixUser('alice');
    anna = scene.partnerUser('anna@bird.example');
  });
  after(() => stack.disposeAsync());

  describe('milestone 1: identity and enlistment', () => {
    it('gives a user of the provider a login, and the same again for the same keys', async () => {
      const enlisted = await anna.enlist();
      assert.ok(enlisted.kind === 'enlisted', JSON.stringify(enlisted));
      assert.equal(enlisted.login.integrator, 12);
      assert.deepEqual(await anna.enlist(), enlisted);
    });

    it('takes no token that the published keys have not signed, and none of a provider that it does not know', async () => {
      for (const [issuer, reason] of [
        ['bird', 'bad_token'],
        ['nobody', 'bad_integrator'],
      ] as const) {
        const forger = await strangeProvider(stack, scene, issuer);
        const enlisted = await forger.enlist();
        assert.ok(enlisted.kind === 'refused', JSON.stringify(enlisted));
        assert.equal(enlisted.reason, reason);
      }
    });
  });

  describe('milestone 2: Noise and chat channel', () => {
    it('connects over WebSocket', async () => {
      assert.equal((await anna.connect()).kind, 'up');
    });

    it('connects over TCP', async () => {
      const facts = scene.provider.host();
      scene.provider.meet({ ...facts, chat_url: scene.tcpUrl });
      const emil = scene.partnerUser('emil@bird.example');
      assert.equal((await emil.enlist()).kind, 'enlisted');
      assert.equal((await emil.connect()).kind, 'up');
      scene.provider.meet(facts);
      await emil.rest();
    });

    it('says nothing to a server whose certificates no pinned root has signed', async () => {
      const facts = scene.provider.host();
      const key = Buffer.from(newCurveKeyPair().publicKey).toString('base64');
      scene.provider.meet({ ...facts, roots: [{ serial: 1, key }] });
      const oskar = scene.partnerUser('oskar@bird.example');
      assert.equal((await oskar.enlist()).kind, 'enlisted');
      assert.equal((await oskar.connect(2_000)).kind, 'failed');
      scene.provider.meet(facts);
      await oskar[Symbol.asyncDispose]();
    });
  });

  describe('milestone 3: outgoing text, incoming text, push', () => {
    it('carries text from the provider’s user, encrypted on both legs', async () => {
      known = await acquaint(scene, alice, anna);
      const { matrixChat } = known;
      assert.ok(await alice.isEncrypted(matrixChat.roomId));
      const seen = await alice.waitForText(matrixChat.roomId, 'hello');
      assert.ok(seen.encrypted);
    });

    it('carries text to the provider’s user', async () => {
      const { matrixChat, partnerChat } = met();
      const id = await matrixChat.say('hello yourself');
      await seesText(partnerChat, 'hello yourself', patience);
      await delivered(matrixChat, id);
    });

    it('keeps what is said meanwhile in the mailbox, and wakes the user by a push', async () => {
      const { matrixChat, partnerChat } = met();
      await anna.rest();
      await matrixChat.say('are you there?');
      await seesText(partnerChat, 'are you there?', patience);
      assert.equal(scene.provider.pushes.get('woken'), 1);
      assert.equal((await anna.connect()).kind, 'up');
    });
  });

  describe('milestone 4: media, read receipts, replies, reactions, typing, blocking', () => {
    for (const sort of ['image', 'video', 'audio', 'voice', 'file', 'contact'] as const) {
      it(`carries media both ways: ${sort}`, async () => {
        const { matrixChat, partnerChat } = met();
        for (const [from, to, tag] of [
          [partnerChat, matrixChat, 'in'],
          [matrixChat, partnerChat, 'out'],
        ] as const) {
          const sample = sampleOf(sort, tag);
          // Only documents have a name there.
          const before = to.richSeen().length;
          await from.sendMedia(sample);
          const seen = await eventually(`${sort} ${tag}`, () => to.richSeen().slice(before)[0], patience);
          assert.ok(seen.kind === 'media');
          assert.equal(seen.sort, sort);
          if (sort !== 'contact') assert.deepEqual(Buffer.from(await seen.load()), Buffer.from(sample.bytes));
          if (sort === 'image' || sort === 'file') assert.equal(seen.caption, sample.caption);
        }
      });
    }

    it('carries places both ways', async () => {
      const { matrixChat, partnerChat } = met();
      const place = { latitude: 52.516275, longitude: 13.377704, description: 'the gate' };
      for (const [from, to] of [
        [partnerChat, matrixChat],
        [matrixChat, partnerChat],
      ] as const) {
        const before = to.richSeen().length;
        await from.sendPlace(place);
        const seen = await eventually('the place', () => to.richSeen().slice(before)[0], patience);
        assert.deepEqual(seen.kind === 'place' && seen.place, place);
      }
    });

    it('tells both what the other has read', async () => {
      const { matrixChat, partnerChat } = met();
      const asked = await matrixChat.say('have you read this?');
      const { id } = await seesText(partnerChat, 'have you read this?', patience);
      await anna.markRead(partnerChat.address, [id]);
      const ghost = scene.ghostOf(anna);
      await eventually(
        'that she has read it',
        () =>
          alice.sdk.getRoom(matrixChat.roomId)?.hasUserReadEvent(ghost, asked) === true ? true : undefined,
        patience,
      );
      const said = await partnerChat.say('yes, and you?');
      const seen = await alice.waitForText(matrixChat.roomId, 'yes, and you?', patience);
      await alice.markRead(matrixChat.roomId, seen.eventId);
      await anna.waitFor('receipt', ({ of, about }) => of === said && about === 'read', patience);
    });

    it('carries replies and reactions both ways, and takes reactions back', async () => {
      const { matrixChat, partnerChat } = met();
      for (const [from, to] of [
        [partnerChat, matrixChat],
        [matrixChat, partnerChat],
      ] as const) {
        const asked = await from.say('a question');
        const question = await seesText(to, 'a question', patience);
        await to.reply(question.id, 'an answer');
        const answer = await sees(from, 'text', ({ replyTo }) => replyTo === asked, patience);
        assert.equal(answer.text, 'an answer');
        await to.react(question.id, ['👍']);
        await sees(
          from,
          'reactions',
          ({ target, emojis }) => target === asked && emojis[0] === '👍',
          patience,
        );
        await to.react(question.id, []);
        await sees(
          from,
          'reactions',
          ({ target, emojis }) => target === asked && emojis.length === 0,
          patience,
        );
        await from.edit(asked, 'another question');
        await sees(
          to,
          'edit',
          ({ target, text }) => target === question.id && text === 'another question',
          patience,
        );
        await from.retract(asked);
        await sees(to, 'retraction', ({ target }) => target === question.id, patience);
      }
    });

    it('tells both that the other writes', async () => {
      const { matrixChat, partnerChat } = met();
      const heard = anna.waitFor('typing', ({ state }) => state === 'composing', patience);
      await alice.setTyping(matrixChat.roomId, true);
      await heard;
      await anna.typing(partnerChat.address, 'composing');
      const ghost = scene.ghostOf(anna);
      const typing = (): true | undefined =>
        alice.sdk.getRoom(matrixChat.roomId)?.getMember(ghost)?.typing === true ? true : undefined;
      await eventually('that she writes', typing, patience);
    });

    it('lets nothing through to who has blocked, until it is taken back', async () => {
      const { matrixChat, partnerChat } = met();
      assert.equal((await anna.block(partnerChat.address, true)).kind, 'done');
      assert.deepEqual(await anna.blocked(), [partnerChat.address]);
      const id = await matrixChat.say('can you hear me?');
      await eventually('that it did not go over', () => matrixChat.isRefused(id) || undefined, patience);
      assert.equal((await anna.block(partnerChat.address, false)).kind, 'done');
      await matrixChat.say('and now?');
      await seesText(partnerChat, 'and now?', patience);
      assert.ok(!partnerChat.seen().some((seen) => seen.kind === 'text' && seen.text === 'can you hear me?'));
    });
  });

  describe('milestone 6: reachability', () => {
    it('finds who can be reached, by Matrix ID, and nobody else', async () => {
      const found = await anna.lookUp('@alice:localhost');
      assert.ok(!('reason' in found) && found.address === met().partnerChat.address);
      const nobody = await anna.lookUp('@nobody:localhost');
      assert.ok('reason' in nobody && nobody.reason === 'no-such-user');
    });

    it('lets a Matrix user find by e-mail address whoever of the provider’s users says that they can be', async () => {
      const guest = await MatrixGuest.meet(alice, scene.bridged.botUserId);
      const emil = scene.partnerUser('emil@bird.example');
      assert.equal((await emil.connect()).kind, 'up');
      await emil.reachability({ enabled: false, integrators: [] });
      for (const nobody of ['nobody@bird.example', 'emil@bird.example'])
        await guest.ask(`start thirdparty ${nobody}`, /could not be opened/);
      await emil.reachability({ enabled: true, integrators: [] });
      await guest.ask('start thirdparty emil@bird.example', /is open/);
      await alice.waitForInvite(({ inviter }) => inviter === scene.ghostOf(emil), patience);
    });

    it('keeps what the provider’s user says of it', async () => {
      const none = { enabled: false, integrators: [] };
      assert.deepEqual(await anna.reachability(none), none);
      assert.equal((await wholeReachability(anna)).enabled, false);
      const all = { enabled: true, integrators: [] };
      assert.deepEqual(await anna.reachability(all), all);
      assert.equal((await wholeReachability(anna)).enabled, true);
    });
  });

  describe('milestone 5: user deletion', () => {
    it('forgets the user at the host, who cannot be written to any more', async () => {
      const { matrixChat } = met();
      const before = anna.login;
      assert.equal((await anna.deleteAccount()).kind, 'deleted');
      const id = await matrixChat.say('still there?');
      await eventually('that it did not go over', () => matrixChat.isRefused(id) || undefined, patience);
      const again = scene.partnerUser('anna@bird.example');
      const enlisted = await again.enlist();
      assert.ok(enlisted.kind === 'enlisted' && enlisted.login.user !== before?.user);
      await again.deleteAccount();
    });
  });
});

/** A user of somebody who passes for a provider. */
async function strangeProvider(
  stack: AsyncDisposableStack,
  { provider }: ProviderBridge,
  issuer: string,
): Promise<PartnerUser> {
  const strange = await providerOnLoopback(stack, { issuer, host: provider.host() });
  return stack.use(new PartnerUser(strange, 'anna@bird.example'));
}

async function wholeReachability(user: PartnerUser): Promise<Reachability> {
  const reachability = await user.reachability();
  assert.ok(!('reason' in reachability), JSON.stringify(reachability));
  return reachability;
}
