import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import xml, { type Element } from '@xmpp/xml';
import fc from 'fast-check';
import type { EventOf } from '../../../../../src/core/event.ts';
import { matrixEventId, matrixUserId, remoteChatId, remoteMessageId } from '../../../../../src/core/ids.ts';
import type { Handled, OpenedArrival } from '../../../../../src/core/network.ts';
import { openFromRoom } from '../../../../../src/networks/xmpp/muc/from-room.ts';
import {
  moderationIn,
  moderationRequest,
  moderationVersion,
} from '../../../../../src/networks/xmpp/muc/moderation.ts';
import { moderate } from '../../../../../src/networks/xmpp/muc/room-moderation.ts';
import { ownIdName } from '../../../../../src/networks/xmpp/muc/occupant-names.ts';
import { until } from '../../../../support/room-scene.ts';
import { botAddress, roomAddress, ScriptedRoom } from '../../../../support/scripted-room.ts';
import { openContext } from '../../../../support/stanzas.ts';

const alice = matrixUserId('@alice:hs.test');
const chat = remoteChatId(roomAddress);
const ns = {
  ...{ retract0: 'urn:xmpp:message-retract:0', retract1: 'urn:xmpp:message-retract:1' },
  ...{ moderate0: 'urn:xmpp:message-moderate:0', moderate1: 'urn:xmpp:message-moderate:1' },
  ...{ fasten: 'urn:xmpp:fasten:0', occupantId: 'urn:xmpp:occupant-id:0' },
};

/** What a room tells in each version of the extension. */
function announcement(version: 0 | 1, target: string, by: string, from: string = roomAddress): Element {
  const base = { type: 'groupchat', from, to: botAddress, id: `moderation of ${target}` };
  const reason = xml('reason', {}, 'off topic');
  const occupant = xml('occupant-id', { xmlns: ns.occupantId, id: `of ${by}` });
  const byAddress = `${roomAddress}/${by}`;
  if (version === 1) {
    const moderated = xml('moderated', { xmlns: ns.moderate1, by: byAddress }, occupant);
    return xml('message', base, xml('retract', { xmlns: ns.retract1, id: target }, moderated, reason));
  }
  const retract = xml('retract', { xmlns: ns.retract0 });
  const moderated = xml('moderated', { xmlns: ns.moderate0, by: byAddress }, retract, reason);
  return xml('message', base, xml('apply-to', { xmlns: ns.fasten, id: target }, moderated));
}

const made: ScriptedRoom[] = [];
async function entered(features: readonly string[] = []): Promise<ScriptedRoom> {
  const room = new ScriptedRoom();
  room.features = [...room.features, ...features];
  made.push(room);
  room.rooms.linkChanged(true);
  await room.groups.join(chat, alice, 'Alice');
  return room;
}
afterEach(() => Promise.all(made.splice(0).map((room) => room.rooms[Symbol.asyncDispose]())));

function openedOf(room: ScriptedRoom, part: string): readonly OpenedArrival[] {
  return room.sink.arrivals.all
    .filter(({ raw }) => raw.includes(part))
    .map((arrival) => openFromRoom(arrival, 'c', openContext));
}

describe('what moderators of a room take back', () => {
  for (const version of [0, 1] as const) {
    it(`is told by the room, as the moderator’s, in version ${version}`, async () => {
      const room = await entered();
      room.say('Mod', 'I moderate');
      room.rooms.takeMessage(announcement(version, 's-7', 'Mod'));
      await until(() => openedOf(room, 'moderated').length === 1, 'the moderation');
      const [opened] = openedOf(room, 'moderated');
      assert.ok(opened?.kind === 'event' && opened.event.kind === 'moderation');
      assert.deepEqual(opened.event.target, { in: 'remote', messageId: 's-7' });
      assert.equal(opened.event.reason, 'off topic');
      const [said] = room.sink.arrivals.all.filter(({ raw }) => raw.includes('I moderate'));
      if (version === 1) assert.equal(opened.event.sender.userId, said?.sender);
    });

    it(`is nothing where an occupant says so, and is counted as such, in version ${version}`, async () => {
      const room = await entered();
      room.rooms.takeMessage(announcement(version, 's-7', 'Mod', `${roomAddress}/Mallory`));
      await until(() => openedOf(room, 'moderated').length === 1, 'what was forged');
      assert.deepEqual(openedOf(room, 'moderated'), [{ kind: 'ignored', reason: 'forbidden' }]);
    });

    it(`is nothing new where a user of ours did it, in version ${version}`, async () => {
      const room = await entered();
      room.rooms.takeMessage(announcement(version, 's-7', 'Alice'));
      room.say('Bob', 'after it');
      await until(() => room.texts().includes('after it'), 'the next message');
      assert.deepEqual(openedOf(room, 'moderated'), []);
    });
  }

  it('is the room’s own where it names nobody', async () => {
    const room = await entered();
    room.rooms.takeMessage(announcement(1, 's-7', ''));
    await until(() => openedOf(room, 'moderated').length === 1, 'the moderation');
    const [opened] = openedOf(room, 'moderated');
    assert.ok(opened?.kind === 'event');
    assert.equal(opened.event.sender.userId, roomAddress);
  });

  it('is not what an archive keeps in the place of a message, nor a moderation of another kind', () => {
    const retracted = xml('retracted', { xmlns: ns.retract0 });
    const left = xml('message', {}, xml('moderated', { xmlns: ns.moderate0, by: 'x' }, retracted));
    assert.equal(moderationIn(left, roomAddress), undefined);
    const flagged = xml('moderated', { xmlns: ns.moderate0, by: 'x' }, xml('flag', {}));
    const other = xml('message', {}, xml('apply-to', { xmlns: ns.fasten, id: 's' }, flagged));
    assert.equal(moderationIn(other, roomAddress), undefined);
    const own = xml('message', {}, xml('retract', { xmlns: ns.retract1, id: 's' }));
    assert.equal(moderationIn(own, roomAddress), undefined);
  });

  it('is read of anything without a throw, and bounded', () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 });
    const attributes = fc.dictionary(
      fc.constantFrom('xmlns', 'id', 'by'),
      fc.oneof(fc.constantFrom(...Object.values(ns), `${roomAddress}/x`, 's-1'), text),
    );
    const name = fc.constantFrom('retract', 'moderated', 'apply-to', 'reason', 'occupant-id');
    const around = (inner: fc.Arbitrary<Element | string>): fc.Arbitrary<Element> =>
      fc
        .tuple(name, attributes, fc.array(inner, { maxLength: 3 }))
        .map(([tag, given, parts]) => xml(tag, given, ...parts));
    const element = around(around(fc.oneof(around(text), text)));
    fc.assert(
      fc.property(fc.array(element, { maxLength: 4 }), (parts) => {
        const read = moderationIn(xml('message', {}, ...parts), roomAddress);
        assert.ok(read === undefined || (read.target !== '' && (read.reason?.length ?? 0) <= 2000));
      }),
    );
    const long = announcement(1, 's', 'x'.repeat(100_000));
    assert.equal(moderationIn(long, roomAddress)?.target, 's');
  });
});

describe('what a user of ours takes back of others', () => {
  const event: EventOf<'moderation'> = {
    ...{ kind: 'moderation' as const, cause: 'c', name: undefined, at: 1, reason: 'off topic' },
    sender: { in: 'matrix', userId: alice },
    target: {
      eventIds: [matrixEventId('$1')],
      messageIds: [remoteMessageId('s-1'), ownIdName('bob', 'b'), remoteMessageId('b')],
      author: { in: 'matrix', userId: matrixUserId('@bob:hs.test') },
    },
  };

  async function ask(features: readonly string[], condition?: string): Promise<[Handled, readonly string[]]> {
    const room = await entered(features);
    const [there, seat] = [room.rooms.room(chat), room.rooms.room(chat)?.seat(alice)];
    assert.ok(there !== undefined && seat !== undefined);
    const asked: string[] = [];
    const link = {
      post: () => undefined,
      deliver: async () => true,
      ask: async ({ child }: { readonly child: Element }) => {
        asked.push(child.toString());
        const stanza = xml('iq');
        return condition === undefined
          ? ({ kind: 'result', stanza } as const)
          : ({ kind: 'error', condition, stanza } as const);
      },
    };
    return [await moderate(link, event, { kind: 'voice', room: there, seat }), asked];
  }

  it('is asked of the room by its own name for the message, in the version that it speaks', async () => {
    const [done, asked] = await ask([ns.moderate0, ns.moderate1]);
    assert.deepEqual(done, { kind: 'sent', messageIds: [] });
    assert.deepEqual(asked, [moderationRequest(1, 's-1', 'off topic').toString()]);
    assert.match(asked[0] ?? '', /^<moderate xmlns="urn:xmpp:message-moderate:1" id="s-1"><retract/);
    assert.deepEqual((await ask([ns.moderate0]))[1], [moderationRequest(0, 's-1', 'off topic').toString()]);
    assert.equal(moderationVersion(new Set()), undefined);
  });

  it('ends plainly where the room cannot, does not let them, or does not know the message', async () => {
    const lacking = { kind: 'unsupported', reason: 'no-moderation' };
    assert.deepEqual(await ask([]), [lacking, []]);
    assert.deepEqual((await ask([ns.moderate1], 'feature-not-implemented'))[0], lacking);
    for (const [condition, reason] of [
      ['forbidden', 'forbidden'],
      ['item-not-found', 'unknown-target'],
    ] as const) {
      const [failed] = await ask([ns.moderate1], condition);
      assert.ok(failed.kind === 'failed' && failed.reason === reason && failed.retry.kind === 'never');
    }
    const [later] = await ask([ns.moderate1], 'remote-server-timeout');
    assert.ok(later.kind === 'failed' && later.retry.kind === 'later');
  });
});
