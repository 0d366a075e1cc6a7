import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noMentions, type BridgeEvent, type Party } from '../../../src/core/event.ts';
import type { MatrixHandled } from '../../../src/core/homeserver.ts';
import {
  matrixEventId,
  matrixUserId,
  portalId,
  remoteChatId,
  remoteMessageId,
  roomId,
} from '../../../src/core/ids.ts';
import { failedForGood, failedForNow, type Failed } from '../../../src/core/outcome.ts';
import type { DirectPortal, Portal } from '../../../src/core/portal.ts';
import { CannotSeal } from '../../../src/matrix/crypto/guests.ts';
import type { GhostVoice } from '../../../src/matrix/ghost-voice.ts';
import type { PuppetMark } from '../../../src/matrix/puppet-mark.ts';
import { PuppetReads } from '../../../src/matrix/puppet-reads.ts';
import { Speakers } from '../../../src/matrix/speakers.ts';
import {
  alice,
  asToken,
  bob,
  group,
  own,
  puppetParts,
  refusal,
  xmpp,
  type PuppetParts,
} from '../../support/puppet-parts.ts';

const direct: DirectPortal = {
  kind: 'direct',
  id: portalId('p'),
  key: { network: xmpp, chat: remoteChatId('bob@x'), receiver: alice },
  remote: bob,
  room: roomId('!direct'),
};
const ghostAs = { userId: matrixUserId('@_xmpp_x:hs.test'), deviceId: 'CAUSEWAY' };
const target = {
  eventIds: [matrixEventId('$1'), matrixEventId('$2')],
  messageIds: [remoteMessageId('m0')],
  author: { in: 'remote', userId: own },
} as const;

function event(sender: Party, kind: 'message' | 'edit' = 'message'): BridgeEvent {
  const content = { kind: 'text', style: 'normal', text: { plain: 'x', html: undefined } } as const;
  const name = { in: 'remote', messageId: remoteMessageId('m1') } as const;
  const base = { cause: 'xmpp/1', sender, name, at: 1, content, mentions: noMentions };
  return kind === 'edit'
    ? { ...base, kind, target }
    : { ...base, kind, replyTo: undefined, thread: undefined };
}

interface Said {
  readonly by: 'ghost' | 'puppet';
  readonly mark: PuppetMark | undefined;
}

/** Speakers whose voices only tell whose they are; `wrote` says who wrote what is edited. */
async function rig(
  wrote: boolean | Failed = true,
): Promise<PuppetParts & { speakers: Speakers; said: Said[] }> {
  const parts = puppetParts();
  const said: Said[] = [];
  const linked = { user: alice, network: xmpp, remote: own, linkedAt: 1 };
  await parts.stores.logins.put(linked);
  const voice = (by: Said['by'], mark?: PuppetMark): GhostVoice => ({
    kind: 'voice',
    as: ghostAs,
    send: async () => {
      said.push({ by, mark });
      return { kind: 'event', eventId: matrixEventId('$1') };
    },
    react: async () => failedForGood('internal'),
    redact: async () => undefined,
  });
  const speakers = new Speakers({
    ghosts: { of: async () => voice('ghost') },
    own: { of: (_puppet, _observer, { mark }) => voice('puppet', mark), wrote: async () => wrote },
    puppets: parts.puppets,
    logins: parts.stores.logins,
    observer: () => ghostAs,
  });
  return Object.assign(parts, { speakers, said });
}

async function speak(
  { speakers }: { speakers: Speakers },
  what: BridgeEvent,
  portal: Portal,
  asPuppet: () => Failed | undefined = () => undefined,
): Promise<MatrixHandled> {
  let first = true;
  return speakers.speak(what, portal, AbortSignal.timeout(1_000), async (voice) => {
    const failed = first ? asPuppet() : undefined;
    first = false;
    if (failed !== undefined) return failed;
    const sent = await voice.send('m.room.message', {}, 'message', 1);
    return sent.kind === 'failed'
      ? sent
      : { kind: 'sent', eventIds: [sent.eventId], reactionEvents: new Map() };
  });
}

const fromOwn = { in: 'remote', userId: own } as const satisfies Party;
const fromAlice = { in: 'matrix', userId: alice } as const satisfies Party;
const fromBob: Party = { in: 'remote', userId: bob };

describe('who speaks for a sender', () => {
  it('is the user, for their linked account and for what the network says is theirs', async () => {
    for (const portal of [direct, group])
      for (const sender of [fromOwn, fromAlice]) {
        const parts = await rig();
        assert.equal((await speak(parts, event(sender), portal)).kind, 'sent');
        const message = remoteMessageId('m1');
        assert.deepEqual(parts.said, [{ by: 'puppet', mark: { portal: portal.id, message } }]);
      }
  });

  it('is the ghost for everybody else, and for an account that the user has a chat with', async () => {
    const parts = await rig();
    const withOwn = { ...direct, remote: own };
    const ofBob = { ...direct, key: { ...direct.key, receiver: matrixUserId('@bob:hs.test') } };
    const cases: readonly (readonly [Party, Portal])[] = [
      [fromBob, direct],
      [fromBob, group],
      [fromOwn, withOwn],
      [fromOwn, ofBob],
    ];
    for (const [sender, portal] of cases) await speak(parts, event(sender), portal);
    assert.deepEqual(
      parts.said.map(({ by }) => by),
      ['ghost', 'ghost', 'ghost', 'ghost'],
    );
  });

  it('is the ghost in a group without double puppeting, and nobody in a direct chat, which is told once', async () => {
    const parts = await rig();
    parts.level = 'token';
    await speak(parts, event(fromOwn), group);
    assert.deepEqual(parts.said, [{ by: 'ghost', mark: undefined }]);
    for (const sender of [fromOwn, fromAlice, fromAlice])
      assert.deepEqual(await speak(parts, event(sender), direct), {
        kind: 'unsupported',
        reason: 'no-puppet',
      });
    assert.deepEqual([parts.said.length, parts.told.length], [1, 1]);
  });

  it('is the ghost where the user may not speak or their token is lost; what passes is tried again', async () => {
    for (const failed of [failedForGood('forbidden'), refusal(401, 'M_UNKNOWN_TOKEN')]) {
      const parts = await rig();
      assert.equal((await speak(parts, event(fromOwn), group, () => failed)).kind, 'sent');
      assert.deepEqual(parts.said, [{ by: 'ghost', mark: undefined }]);
    }
    for (const failed of [failedForNow('link-down'), failedForGood('too-large')]) {
      const parts = await rig();
      assert.deepEqual(await speak(parts, event(fromOwn), group, () => failed), failed);
      assert.deepEqual(parts.said, []);
    }
  });

  it('is the ghost in an encrypted group where the user cannot be heard, and nobody in a direct chat, told why once', async () => {
    for (const [why, lines] of [
      ['other-keys', 1],
      ['signed-devices', 0],
    ] as const) {
      const failed = failedForGood('no-puppet-keys', new CannotSeal(why));
      const parts = await rig();
      assert.equal((await speak(parts, event(fromOwn), group, () => failed)).kind, 'sent');
      assert.deepEqual(parts.said, [{ by: 'ghost', mark: undefined }]);
      assert.equal(parts.told.length, lines);
      for (let time = 0; time < 2; time += 1)
        assert.deepEqual(await speak(parts, event(fromOwn), direct, () => failed), {
          kind: 'unsupported',
          reason: 'no-puppet-keys',
        });
      assert.deepEqual(
        parts.told.map((line) => line.split(' ')[0]),
        ['unheard'],
      );
    }
  });

  it('is for an edit whoever wrote what is edited', async () => {
    const mine = await rig(true);
    await speak(mine, event(fromOwn, 'edit'), group);
    assert.deepEqual(mine.said, [{ by: 'puppet', mark: { portal: group.id, message: undefined } }]);
    const older = await rig(false);
    await speak(older, event(fromOwn, 'edit'), group);
    assert.deepEqual(older.said, [{ by: 'ghost', mark: undefined }]);
    const unsure = await rig(failedForNow('link-down'));
    assert.deepEqual(await speak(unsure, event(fromOwn, 'edit'), group), failedForNow('link-down'));
    assert.deepEqual(unsure.said, []);
  });
});

describe('what a user has read in another app', () => {
  const read = (sender: Party) =>
    ({ kind: 'receipt', cause: 'c', name: undefined, at: 1, receipt: 'read', sender, target }) as const;
  const readsOf = async (parts: PuppetParts): Promise<PuppetReads> => {
    await parts.stores.logins.put({ user: alice, network: xmpp, remote: own, linkedAt: 1 });
    const client = {
      request: async (request: PuppetParts['asked'][number]) => (
        parts.asked.push(request),
        parts.answer(request)
      ),
    };
    return new PuppetReads(client, parts.puppets, parts.stores.logins);
  };

  it('is read on Matrix, up to the last event of the message, and known as no news when it comes back', async () => {
    for (const sender of [fromOwn, fromAlice]) {
      const parts = puppetParts();
      const reads = await readsOf(parts);
      assert.equal((await reads.take(read(sender), direct))?.kind, 'sent');
      const [asked] = parts.asked;
      assert.equal(asked?.path, '/_matrix/client/v3/rooms/!direct/read_markers');
      assert.deepEqual(asked.body, { 'm.fully_read': '$2', 'm.read': '$2' });
      assert.equal(asked.as?.credential?.token, asToken);
      assert.ok(reads.isOurs(alice, direct.room, matrixEventId('$2')));
      assert.ok(!reads.isOurs(alice, direct.room, matrixEventId('$1')));
    }
  });

  it('is seen by nobody else where the user shows nobody what they have read', async () => {
    const parts = puppetParts();
    await readsOf(parts);
    const client = {
      request: async (request: PuppetParts['asked'][number]) => (
        parts.asked.push(request),
        parts.answer(request)
      ),
    };
    const reads = new PuppetReads(client, parts.puppets, parts.stores.logins, async (user) => user === alice);
    assert.equal((await reads.take(read(fromOwn), direct))?.kind, 'sent');
    assert.deepEqual(parts.asked[0]?.body, { 'm.fully_read': '$2', 'm.read.private': '$2' });
  });

  it('is nothing of others, of who is not puppeted, or of another kind', async () => {
    const parts = puppetParts();
    const reads = await readsOf(parts);
    assert.equal(await reads.take(read(fromBob), direct), undefined);
    assert.equal(await reads.take({ ...read(fromOwn), receipt: 'delivered' }, direct), undefined);
    parts.level = 'token';
    assert.equal(await reads.take(read(fromOwn), direct), undefined);
    assert.equal(parts.asked.length, 0);
  });

  it('waits where the homeserver is away, and passes where it refuses; then the receipt is not ours', async () => {
    const parts = puppetParts();
    const reads = await readsOf(parts);
    parts.answer = () => failedForNow('link-down');
    assert.deepEqual(await reads.take(read(fromOwn), direct), failedForNow('link-down'));
    parts.answer = () => refusal(403, 'M_FORBIDDEN');
    assert.equal(await reads.take(read(fromOwn), direct), undefined);
    assert.ok(!reads.isOurs(alice, direct.room, matrixEventId('$2')));
  });

  it('has the bridge’s device made where it is missing', async () => {
    const parts = puppetParts();
    const reads = await readsOf(parts);
    let there = false;
    parts.answer = ({ path }) => {
      if (path.includes('/devices/')) there = true;
      return there ? { kind: 'ok', body: {} } : refusal(400, 'M_UNKNOWN_DEVICE');
    };
    assert.equal((await reads.take(read(fromOwn), direct))?.kind, 'sent');
    assert.deepEqual(
      parts.asked.map(({ method, as }) => [method, as?.deviceId]),
      [
        ['POST', 'CAUSEWAY'],
        ['PUT', undefined],
        ['POST', 'CAUSEWAY'],
      ],
    );
  });
});
