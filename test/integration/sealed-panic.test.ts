import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LoopbackGroupMember, type LoopbackPerson } from '../../src/networks/loopback/index.ts';
import type { Received } from '../../src/networks/loopback/person.ts';
import { handedSteps, saidSteps, usedAgain } from '../support/ratchet-steps.ts';
import { SealedScene } from '../support/sealed-scene.ts';
import { chat, textOf, type Chat } from '../support/sealed-talk.ts';

const patience = 120_000;
const panics = 5;
const between = 12;
const count = panics * between;

describe('a bridge whose crypto engine panics again and again', () => {
  let scene: SealedScene;
  let one: Chat;
  let group: LoopbackGroupMember;
  let groupRoom: string;
  before(async () => {
    scene = await SealedScene.start();
    one = await chat(scene);
    group = LoopbackGroupMember.make(scene.world, scene.person(), '#panic', 'Panic');
    group.change(one.user.userId, 'invite');
    const { botUserId } = scene.bridged;
    groupRoom = (await one.user.waitForInvite(({ inviter }) => inviter === botUserId, patience)).roomId;
    await one.user.join(groupRoom);
    await sleep(1_000);
  });
  after(() => scene[Symbol.asyncDispose]());

  const names = (where: string): readonly string[] =>
    Array.from({ length: count }, (_, at) => `${where} ${String(at)}`);

  /** Everything in order and once, as the person's client got it, repeats included. */
  function heardAll(person: LoopbackPerson, packets: readonly Received[], where: string): void {
    assert.deepEqual(
      packets.map((packet) => textOf(packet)),
      names(where),
      person.id,
    );
    assert.ok(packets.every(({ late }) => late === undefined));
  }

  async function seenAll(room: string, where: string): Promise<void> {
    const { user } = one;
    await user.waitForText(room, `${where} ${String(count - 1)}`, patience);
    const said = user
      .timeline(room)
      .filter(({ type, sender }) => type === 'm.room.message' && sender !== user.userId);
    assert.deepEqual(
      said.map(({ content }) => content['body']),
      names(where),
    );
    for (const { eventId } of said) assert.equal(await user.shieldOf(room, eventId), 'none', eventId);
  }

  it('loses nothing, doubles nothing and mixes nothing up, both ways', async (test) => {
    const { user, person, room } = one;
    for (let at = 0; at < count; at += 1) {
      person.send(user.userId, `to Matrix ${String(at)}`);
      group.send(`to Matrix in the group ${String(at)}`);
      const sent = [
        user.sendText(room, `from Matrix ${String(at)}`),
        user.sendText(groupRoom, `from Matrix in the group ${String(at)}`),
      ];
      if (at % between === between / 2) await scene.panic();
      await Promise.all(sent);
    }
    const last = ` ${String(count - 1)}`;
    await person.waitFor((packet) => textOf(packet) === `from Matrix${last}`, patience);
    await group.person.waitFor((packet) => textOf(packet) === `from Matrix in the group${last}`, patience);
    heardAll(person, person.inboxWithRepeats.filter(isWord), 'from Matrix');
    heardAll(group.person, group.person.inboxWithRepeats.filter(isWord), 'from Matrix in the group');
    await seenAll(room, 'to Matrix');
    await seenAll(groupRoom, 'to Matrix in the group');
    const metrics = await scene.metrics();
    assert.equal(metrics.get('causeway_encryption_restarts'), panics);
    const said = [...(await saidSteps(user, room)), ...(await saidSteps(user, groupRoom))];
    assert.equal(said.length, 2 * count);
    assert.deepEqual(usedAgain(said), []);
    assert.deepEqual(usedAgain(scene.handed.flatMap(handedSteps)), []);
    const broken = ['homeserver', 'restarted', 'store', 'refused', 'stale', 'broken'].map(
      (result) =>
        `${result} ${String(metrics.get(`causeway_encryption_total{operation="seal",result="${result}"}`) ?? 0)}`,
    );
    test.diagnostic(`seals that were broken off: ${broken.join(', ')}`);
  });
});

function isWord(packet: Received): boolean {
  return textOf(packet) !== undefined;
}
