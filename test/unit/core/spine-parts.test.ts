import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noMentions, type BridgeEvent, type EventOf, type Ref } from '../../../src/core/event.ts';
import type { MatrixHandled } from '../../../src/core/homeserver.ts';
import { matrixEventId, remoteMessageId } from '../../../src/core/ids.ts';
import type { Portal } from '../../../src/core/portal.ts';
import {
  fromAlice,
  fromRemote,
  net,
  outcomeOf,
  rigWithPortal,
  sentToMatrix,
  sentToNetwork,
  textBody,
  type SpineRig,
} from '../../support/spine-rig.ts';

const onMatrix = (id: string): Ref => ({ in: 'matrix', eventId: matrixEventId(id) });
const remote = (id: string): Ref => ({ in: 'remote', messageId: remoteMessageId(id) });

/** A rig where what is said becomes this many on the far side. */
async function rigOfParts(
  eventIds: readonly string[],
  messageIds: readonly string[],
): Promise<{ rig: SpineRig; portal: Portal }> {
  return rigWithPortal({
    toMatrix: async (event) => {
      if (event.kind === 'reaction') return sentReactions(event);
      if (event.kind !== 'message') return sentToMatrix(event);
      return { kind: 'sent', eventIds: eventIds.map(matrixEventId), reactionEvents: new Map() };
    },
    toNetwork: async (event) => {
      if (event.kind !== 'message') return sentToNetwork(event);
      return { kind: 'sent', messageIds: messageIds.map(remoteMessageId) };
    },
  });
}

/** As the Matrix side does: an event for each emoji that is new there. */
function sentReactions(event: EventOf<'reaction'>): MatrixHandled {
  const { emojis, previous } = event.reactions;
  const added = emojis.filter((emoji) => !previous.includes(emoji));
  const events = added.map((emoji) => [emoji, matrixEventId(`$r-${event.cause}-${emoji}`)] as const);
  return { kind: 'sent', eventIds: [], reactionEvents: new Map(events) };
}

function reactionsAt(events: readonly BridgeEvent[]): unknown {
  return events.flatMap((event) =>
    event.kind === 'reaction' ? [[event.target.part ?? 0, [...event.reactions.emojis].sort()]] : [],
  );
}

async function react(rig: SpineRig, portal: Portal, id: string, to: string, emoji: string): Promise<void> {
  const reactions = { op: 'add', emoji } as const;
  await rig.spine.receiveMatrix([
    fromAlice(portal.room, id, { kind: 'reaction', target: onMatrix(to), reactions }),
  ]);
  await rig.quiet();
}

async function reactFrom(rig: SpineRig, id: string, to: string, emojis: readonly string[]): Promise<void> {
  const reactions = { op: 'set', emojis } as const;
  await rig.spine.receiveRemote(
    net,
    fromRemote('bob', id, { kind: 'reaction', target: remote(to), reactions }),
  );
  await rig.quiet();
}

async function redact(rig: SpineRig, portal: Portal, id: string, target: string): Promise<void> {
  await rig.spine.receiveMatrix([
    fromAlice(portal.room, id, { kind: 'redaction', target: onMatrix(target) }),
  ]);
  await rig.quiet();
}

describe('a message of several parts', () => {
  it('that has one name on the network gets there the reactions to all its parts together, and keeps them apart', async () => {
    const { rig, portal } = await rigOfParts(['$1', '$2', '$3'], []);
    await rig.spine.receiveRemote(net, fromRemote('bob', 'm', textBody('long')));
    await rig.quiet();
    await react(rig, portal, 'r1', '$1', '👍');
    await react(rig, portal, 'r2', '$3', '🎉');
    await react(rig, portal, 'r3', '$3', '👍');
    await redact(rig, portal, 'd1', '$r1');
    await redact(rig, portal, 'd3', '$r3');
    assert.deepEqual(reactionsAt(rig.atNetwork), [
      [0, ['👍']],
      [0, ['🎉', '👍']],
      [0, ['🎉', '👍']],
      [0, ['🎉', '👍']],
      [0, ['🎉']],
    ]);
  });

  it('that has one name on Matrix shows there what was said to any of its parts, once, until the last is gone', async () => {
    const { rig, portal } = await rigOfParts([], ['n1', 'n2']);
    await rig.spine.receiveMatrix([fromAlice(portal.room, 'm', textBody('pictures'))]);
    await rig.quiet();
    await reactFrom(rig, 'r1', 'n1', ['👍']);
    await reactFrom(rig, 'r2', 'n2', ['👍', '🎉']);
    await reactFrom(rig, 'r3', 'n1', []);
    await reactFrom(rig, 'r4', 'n2', ['🎉']);
    const changes = rig.atMatrix.flatMap((event) => {
      if (event.kind !== 'reaction') return [];
      const { emojis, previous } = event.reactions;
      return [
        [emojis.filter((one) => !previous.includes(one)), previous.filter((one) => !emojis.includes(one))],
      ];
    });
    assert.deepEqual(changes, [
      [['👍'], []],
      [['🎉'], []],
      [[], []],
      [[], ['👍']],
    ]);
  });

  it('that both sides name part by part is answered, reacted to and taken back part by part', async () => {
    const { rig, portal } = await rigOfParts(['$1', '$2', '$3'], []);
    const parts = [remote('m/2'), remote('m/3')];
    await rig.spine.receiveRemote(net, fromRemote('bob', 'm', { ...textBody('gallery'), parts }));
    await rig.quiet();
    await react(rig, portal, 'r', '$2', '👍');
    await react(rig, portal, 'r2', '$3', '🎉');
    assert.deepEqual(reactionsAt(rig.atNetwork), [
      [1, ['👍']],
      [2, ['🎉']],
    ]);
    await rig.spine.receiveMatrix([
      fromAlice(portal.room, 're', { ...textBody('this one'), replyTo: onMatrix('$3') }),
    ]);
    await rig.quiet();
    const reply = rig.atNetwork.at(-1);
    assert.equal(reply?.kind === 'message' && reply.replyTo?.part, 2);
    const gone = fromRemote('bob', 'd', { kind: 'redaction', target: remote('m/2') });
    await rig.spine.receiveRemote(net, gone);
    await rig.quiet();
    const retraction = rig.atMatrix.at(-1);
    assert.deepEqual(retraction?.kind === 'redaction' && retraction.target.eventIds, ['$2']);
    await rig.spine.receiveRemote(net, fromRemote('bob', 'd2', { kind: 'redaction', target: remote('m') }));
    await rig.quiet();
    const whole = rig.atMatrix.at(-1);
    assert.deepEqual(whole?.kind === 'redaction' && whole.target.eventIds, ['$1', '$2', '$3']);
  });
});

describe('what refers to the unknown', () => {
  async function said(more: object): Promise<BridgeEvent | undefined> {
    const { rig, portal } = await rigWithPortal();
    await rig.spine.receiveMatrix([fromAlice(portal.room, 'known', textBody('known'))]);
    await rig.quiet();
    await rig.spine.receiveMatrix([fromAlice(portal.room, 'm', { ...textBody('m'), ...more })]);
    await rig.quiet();
    assert.deepEqual(await outcomeOf(rig, '$m'), { kind: 'sent' });
    return rig.atNetwork.at(-1);
  }

  it('keeps of a thread and a reply what is known', async () => {
    const both = await said({ thread: onMatrix('$unknown'), replyTo: onMatrix('$known') });
    assert.deepEqual(both?.kind === 'message' && [both.thread, both.replyTo?.eventIds], [
      undefined,
      ['$known'],
    ]);
    const other = await said({ thread: onMatrix('$known'), replyTo: onMatrix('$unknown') });
    assert.deepEqual(other?.kind === 'message' && [other.thread?.eventIds, other.replyTo], [
      ['$known'],
      undefined,
    ]);
    const none = await said({ thread: onMatrix('$unknown'), replyTo: onMatrix('$unknown') });
    assert.deepEqual(none?.kind === 'message' && [none.thread, none.replyTo], [undefined, undefined]);
  });

  it('is told to whoever votes in or ends what the bridge does not know', async () => {
    const { rig, portal } = await rigWithPortal();
    await rig.spine.receiveMatrix([
      fromAlice(portal.room, 'v', { kind: 'vote', target: onMatrix('$unknown'), choices: ['y'] }),
      fromAlice(portal.room, 'e', { kind: 'poll-end', target: onMatrix('$unknown') }),
    ]);
    await rig.quiet();
    for (const id of ['$v', '$e'])
      assert.deepEqual(await outcomeOf(rig, id), { kind: 'failed', reason: 'unknown-target' });
  });
});

describe('a network that lacks something', () => {
  it('is given the nearest that it has; what has no such form is told to its sender', async () => {
    const { rig, portal } = await rigWithPortal({ lacks: ['location', 'reaction'] });
    const place = { latitude: 1, longitude: 2, accuracy: undefined, description: undefined };
    const content = { kind: 'location', place } as const;
    await rig.spine.receiveMatrix([fromAlice(portal.room, 'p', { ...textBody(''), content })]);
    await react(rig, portal, 'r', '$p', '👍');
    const [there] = rig.atNetwork;
    assert.deepEqual(there?.kind === 'message' && there.content, textBody('geo:1,2').content);
    assert.deepEqual(await outcomeOf(rig, '$r'), { kind: 'unsupported', reason: 'no-handler' });
  });
});

describe('polls', () => {
  it('are voted in by anybody, and ended by their author alone', async () => {
    const { rig, portal } = await rigWithPortal();
    const poll = { question: 'q', answers: [{ id: 'y', text: 'Yes' }], maxSelections: 1, disclosed: true };
    const content = { kind: 'poll', poll } as const;
    await rig.spine.receiveRemote(
      net,
      fromRemote('bob', 'p', { ...textBody(''), content, mentions: noMentions }),
    );
    await rig.quiet();
    const target = onMatrix('$m-loopback/p');
    await rig.spine.receiveMatrix([
      fromAlice(portal.room, 'v', { kind: 'vote', target, choices: ['y'] }),
      fromAlice(portal.room, 'e', { kind: 'poll-end', target }),
    ]);
    await rig.spine.receiveRemote(net, fromRemote('bob', 'end', { kind: 'poll-end', target: remote('p') }));
    await rig.quiet();
    assert.deepEqual(
      rig.atNetwork.map(({ kind }) => kind),
      ['vote'],
    );
    assert.deepEqual(await outcomeOf(rig, '$e'), { kind: 'ignored', reason: 'forbidden' });
  });
});
