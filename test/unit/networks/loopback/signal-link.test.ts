import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  matrixUserId,
  networkId,
  portalId,
  remoteChatId,
  remoteUserId,
  roomId,
} from '../../../../src/core/ids.ts';
import { pictureOf } from '../../../../src/core/small-file.ts';
import { loopback, loopbackConfig, LoopbackWorld } from '../../../../src/networks/loopback/index.ts';
import { quietLog, RecordingSink } from '../../../support/recording-sink.ts';

const alice = matrixUserId('@alice:hs.test');

async function join() {
  const world = new LoopbackWorld();
  const sink = new RecordingSink();
  const network = await loopback({ config: loopbackConfig.parse({}), world, log: quietLog }).start(
    sink,
    new AbortController().signal,
  );
  const told = (): unknown =>
    sink.signals.all.map(({ chat, receiver, event }) => [chat, receiver, event.kind]);
  return { world, sink, network, told, [Symbol.asyncDispose]: () => network[Symbol.asyncDispose]() };
}

describe('what the loopback world tells in passing', () => {
  it('is handed over with its place, and presence without a chat', async () => {
    await using rig = await join();
    rig.world.signals.send('bob', alice, { kind: 'typing', typing: true });
    rig.world.signals.send('bob', 'tea', { kind: 'typing', typing: true });
    rig.world.signals.send('bob', alice, { kind: 'read', target: 'm1' });
    rig.world.signals.send('bob', alice, { kind: 'presence', presence: 'away', status: undefined });
    assert.deepEqual(rig.told(), [
      ['bob', alice, 'typing'],
      ['tea', undefined, 'typing'],
      ['bob', alice, 'receipt'],
      [undefined, alice, 'presence'],
    ]);
  });

  it('is nothing where it names nobody, or no message, and lost while the link is down', async () => {
    await using rig = await join();
    rig.world.signals.send('No Body', alice, { kind: 'typing', typing: true });
    rig.world.signals.send('bob', alice, { kind: 'read', target: 'no\u0000name' });
    rig.world.fail({ down: true });
    rig.world.signals.send('bob', alice, { kind: 'typing', typing: true });
    rig.world.signals.become('bob', { name: 'Bobby' });
    assert.deepEqual([rig.told(), rig.sink.changed], [[], []]);
  });

  it('is what Matrix users do, and what they look like when that has changed', async () => {
    await using rig = await join();
    const sender = { in: 'matrix', userId: alice } as const;
    await rig.network.handlers.typing?.(
      { kind: 'typing', cause: 'c', name: undefined, at: 1, sender, typing: true },
      {
        ...{ kind: 'direct', id: portalId('p'), remote: remoteUserId('bob'), room: roomId('!r:hs.test') },
        key: { network: networkId('loopback'), chat: remoteChatId('bob'), receiver: alice },
      },
      AbortSignal.timeout(1_000),
    );
    assert.deepEqual(rig.world.signals.heard.all, [
      { from: alice, to: 'bob', signal: { kind: 'typing', typing: true } },
    ]);
    rig.sink.pictures.set(alice, { version: '1', media: pictureOf(Uint8Array.of(1, 2), 'image/png') });
    rig.network.people?.changed(alice);
    await sleep(20);
    assert.deepEqual(rig.world.signals.look(alice), {
      name: `The name of ${alice}`,
      picture: { bytes: Buffer.of(1, 2), mimetype: 'image/png' },
    });
  });

  it('is that people look otherwise, and the directory knows how', async () => {
    await using rig = await join();
    rig.world.person('bob', 'Bob');
    rig.world.signals.become('bob', { picture: { bytes: Uint8Array.of(1), mimetype: 'image/png' } });
    assert.deepEqual(rig.sink.changed, ['bob']);
    await sleep(5);
    const found = await rig.network.directory.profile(remoteUserId('bob'));
    assert.ok(!('kind' in found) && typeof found.avatar === 'object' && found.name === 'Bob');
    rig.world.signals.become('bob', { picture: undefined });
    const none = await rig.network.directory.profile(remoteUserId('bob'));
    assert.ok(!('kind' in none) && none.avatar === 'none');
  });
});
