import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Asides } from '../../../src/core/asides.ts';
import type { BridgeEvent, Expiry } from '../../../src/core/event.ts';
import { Identities } from '../../../src/core/identities.ts';
import { parseFingerprint, remoteUserId } from '../../../src/core/ids.ts';
import { failedForNow, type Failed } from '../../../src/core/outcome.ts';
import type { Policy } from '../../../src/core/policy.ts';
import type { Portal } from '../../../src/core/portal.ts';
import { timerIn, timerText } from '../../../src/core/timers.ts';
import { memoryIdentities } from '../../support/memory-identities.ts';
import type { RigOptions } from '../../support/spine-rig-options.ts';
import {
  alice,
  fromAlice,
  fromRemote,
  net,
  outcomeOf,
  rigWithPortal,
  sentToMatrix,
  textBody,
  type SpineRig,
} from '../../support/spine-rig.ts';

const pass: Policy = { judge: () => ({ kind: 'pass' }) };
const day: Expiry = { afterMs: 86_400_000, from: 'sending' };
const ring = { kind: 'call', change: 'ring', call: 'v1 c', media: 'audio' } as const;

interface Scene {
  readonly rig: SpineRig;
  readonly portal: Portal;
  readonly acts: string[];
  readonly identities: Identities;
  mark(): Promise<Expiry | undefined>;
}

async function scene(options: RigOptions = {}, answer: () => Failed | undefined = () => undefined) {
  const acts: string[] = [];
  const identities = new Identities(memoryIdentities());
  const made = await rigWithPortal({
    // A call goes nowhere, whichever side it comes from.
    toMatrix: async (event) =>
      event.kind === 'call' ? { kind: 'unsupported', reason: 'no-calls' } : sentToMatrix(event),
    ...options,
    asides: ({ stores }, handlers) =>
      new Asides({
        ...{ identities, marks: stores.groups, policy: options.policy ?? pass, handlers },
        acts: {
          declineCall: async (_portal, call, cause) => {
            acts.push(`decline ${call} for ${cause}`);
            return answer();
          },
          vanish: async () => undefined,
          showTimer: async (_portal, expires) => {
            acts.push(`show ${expires === undefined ? 'none' : timerText(expires)}`);
            return undefined;
          },
        },
        expiring: (_portal, eventIds) => acts.push(`expiring ${eventIds.join(' ')}`),
      }),
  });
  const scene: Scene = {
    ...{ ...made, acts, identities },
    mark: async () => timerIn(await made.rig.stores.groups.mark(made.portal.id, 'timer')),
  };
  return scene;
}

async function say(
  { rig, portal }: Scene,
  id: string,
  ...[body, at]: [Parameters<typeof fromAlice>[2], number?]
) {
  await rig.spine.receiveMatrix([fromAlice(portal.room, id, body, at ?? Date.now())]);
  await rig.quiet();
}
async function hear({ rig }: Scene, id: string, ...[body, at]: [Parameters<typeof fromRemote>[2], number?]) {
  await rig.spine.receiveRemote(net, fromRemote('bob', id, body, at ?? Date.now()));
  await rig.quiet();
}
const last = (events: readonly BridgeEvent[]): BridgeEvent => events.at(-1) ?? assert.fail('nothing came');

describe('a call', () => {
  it('of a user is declined in their room, whatever becomes of it', async () => {
    const there = await scene({ toNetwork: async () => ({ kind: 'unsupported', reason: 'no-calls' }) });
    await say(there, 'call', ring);
    assert.deepEqual(there.acts, ['decline v1 c for matrix/$call']);
    assert.deepEqual(await outcomeOf(there.rig, '$call'), { kind: 'unsupported', reason: 'no-calls' });
    const lacking = await scene({ lacks: ['call'] });
    await say(lacking, 'call', ring);
    assert.deepEqual([lacking.rig.atNetwork, lacking.acts], [[], ['decline v1 c for matrix/$call']]);
    assert.deepEqual(await outcomeOf(lacking.rig, '$call'), { kind: 'unsupported', reason: 'no-calls' });
    const ruled = await scene({
      policy: { judge: () => ({ kind: 'block', rule: 'r', feature: 'call' }) },
    });
    await say(ruled, 'call', ring);
    assert.equal(ruled.acts.length, 1);
    const shut = await scene({
      doors: [{ admit: async () => ({ kind: 'blocked', rule: 'd', told: 'sender' }) }],
    });
    await say(shut, 'call', ring);
    assert.deepEqual([shut.rig.atNetwork.length, shut.acts.length], [0, 1]);
  });

  it('does not wait for a link', async () => {
    const there = await scene({ toNetwork: async () => failedForNow('link-down') });
    await say(there, 'call', ring);
    assert.deepEqual(await outcomeOf(there.rig, '$call'), { kind: 'failed', reason: 'link-down' });
    assert.equal(there.acts.length, 1);
  });

  it('that began long ago, or is over, is nothing on either side', async () => {
    const there = await scene();
    await say(there, 'old', ring, Date.now() - 200_000);
    await hear(there, 'past', ring, Date.now() - 200_000);
    assert.deepEqual(await outcomeOf(there.rig, '$old'), { kind: 'ignored', reason: 'expired' });
    assert.deepEqual(await outcomeOf(there.rig, 'past'), { kind: 'ignored', reason: 'expired' });
    await say(there, 'end', { ...ring, change: 'end' });
    assert.deepEqual(there.acts, []);
    assert.deepEqual([there.rig.atMatrix.length, there.rig.refused.length], [0, 0]);
  });

  it('of a person is told, and the person told that nobody answers', async () => {
    const there = await scene();
    await hear(there, 'call', ring);
    assert.equal(last(there.rig.atMatrix).kind, 'call');
    await there.rig.stop();
    assert.deepEqual(there.rig.refused, [
      { outerId: 'call', outcome: { kind: 'unsupported', reason: 'no-calls' } },
    ]);
  });

  it('is tried again where it could not be declined', async () => {
    let left = 1;
    const there = await scene({ limits: { giveUpAfter: 60_000 } }, () =>
      (left -= 1) >= 0 ? failedForNow('link-down', undefined, 1) : undefined,
    );
    await say(there, 'call', ring);
    there.rig.spine.wake('matrix');
    for (let round = 0; round < 50 && (await outcomeOf(there.rig, '$call')) === undefined; round += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(there.acts.length, 2);
    assert.equal((await outcomeOf(there.rig, '$call'))?.kind, 'sent');
  });
});

describe('the timer of a chat', () => {
  it('goes with what the user says, from whichever side it was set, until it is taken away', async () => {
    const there = await scene();
    await hear(there, 'set', { kind: 'timer', expires: day });
    assert.deepEqual(await there.mark(), day);
    await say(there, 'one', textBody('one'));
    const said = last(there.rig.atNetwork);
    assert.deepEqual(said.kind === 'message' && said.expires, day);
    assert.deepEqual(there.acts, ['expiring $one']);
    const week = { afterMs: 7 * 86_400_000, from: 'sending' } as const;
    await say(there, 'set', { kind: 'timer', expires: week });
    assert.deepEqual(await there.mark(), week);
    await say(there, 'own', { ...textBody('own'), expires: day });
    const own = last(there.rig.atNetwork);
    assert.deepEqual(own.kind === 'message' && own.expires, day);
    await say(there, 'off', { kind: 'timer', expires: undefined });
    await say(there, 'two', textBody('two'));
    const two = last(there.rig.atNetwork);
    assert.equal(two.kind === 'message' && two.expires, undefined);
  });

  it('is that of a message from the network, which tells it once', async () => {
    const there = await scene();
    await hear(there, 'm1', { ...textBody('one'), expires: day });
    await hear(there, 'm2', { ...textBody('two'), expires: day });
    assert.deepEqual(
      there.rig.atMatrix.map(({ kind }) => kind),
      ['message', 'timer', 'message'],
    );
    assert.deepEqual(await there.mark(), day);
  });

  it('is put right in the room where the network does not take it, and holds nowhere', async () => {
    const there = await scene({ lacks: ['disappearing'] });
    await say(there, 'set', { kind: 'timer', expires: day });
    assert.deepEqual(there.acts, ['show none']);
    assert.equal(await there.mark(), undefined);
    // What is to be gone is not left where nothing goes.
    await say(there, 'own', { ...textBody('own'), expires: day });
    assert.deepEqual(there.rig.atNetwork, []);
    assert.equal((await outcomeOf(there.rig, '$own'))?.kind, 'unsupported');
  });

  it('is left alone where rules do not let it pass', async () => {
    const there = await scene({
      policy: {
        judge: (event) =>
          event.kind === 'timer' ? { kind: 'block', rule: 'r', feature: 'disappearing' } : { kind: 'pass' },
      },
    });
    await there.rig.stores.groups.putMark(there.portal.id, 'timer', timerText(day));
    await say(there, 'one', textBody('one'));
    const one = last(there.rig.atNetwork);
    assert.equal(one.kind === 'message' && one.expires, undefined);
    await say(there, 'set', { kind: 'timer', expires: undefined });
    assert.deepEqual(there.acts, [`show ${timerText(day)}`]);
  });

  it('is kept in a form that reads back, and that nothing else does', () => {
    assert.deepEqual(timerIn(timerText(day)), day);
    for (const other of [undefined, '', 'sending', 'sending 0', 'reading -1', 'sending 1e9', 'x 5'])
      assert.equal(timerIn(other), undefined);
  });
});

describe('another identity', () => {
  const [one, two] = ['11111 22222', '33333 44444'].map((text) => parseFingerprint(text) ?? assert.fail());
  const change = {
    kind: 'identity-change',
    ...{ person: remoteUserId('bob'), verified: false },
    ...{ identity: two ?? assert.fail(), previous: one },
  } as const;

  it('is known before anything that comes after it, and where the user is told of nothing', async () => {
    const there = await scene();
    await hear(there, 'change', change);
    assert.equal(await there.identities.state(alice, net, change.person), 'changed');
    assert.equal(last(there.rig.atMatrix).kind, 'identity-change');
    const shut = await scene({
      doors: [{ admit: async () => ({ kind: 'blocked', rule: 'd', told: 'nobody' }) }],
    });
    await hear(shut, 'change', change);
    assert.deepEqual(shut.rig.atMatrix, []);
    assert.equal(await shut.identities.state(alice, net, change.person), 'changed');
  });
});
