import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { alice, join, turn } from './rig.ts';

describe('what people send', () => {
  it('is acknowledged once it is kept, in order, each once', async () => {
    await using rig = await join({ seed: 3 });
    rig.world.fail({ duplicate: 0.5 });
    const bob = rig.world.person('bob');
    const ids = Array.from({ length: 50 }, (_, index) => bob.send(alice, `n ${index}`));
    await turn();
    assert.deepEqual(
      rig.sink.kept.map((arrival) => arrival.outerId),
      ids,
    );
    assert.ok(rig.sink.offered.length > 60, 'the world repeats itself');
    assert.deepEqual(bob.acknowledged, ids);
    assert.equal(rig.world.waiting, 0);
  });

  it('is not acknowledged while it cannot be kept, and comes again in order', async () => {
    await using rig = await join();
    const bob = rig.world.person('bob');
    rig.sink.broken = true;
    const ids = ['one', 'two', 'three'].map((text) => bob.send(alice, text));
    await turn();
    assert.deepEqual(bob.acknowledged, []);
    rig.sink.broken = false;
    await bob.waitForAcknowledgement(ids[2] ?? '');
    assert.deepEqual(
      rig.sink.kept.map((arrival) => arrival.outerId),
      ids,
    );
  });

  it('waits while no bridge is there or the link is cut, and survives a restart of the bridge', async () => {
    const first = await join();
    const bob = first.world.person('bob');
    first.world.fail({ down: true });
    assert.deepEqual(
      first.sink.health.map((health) => health.kind),
      ['up', 'down'],
    );
    const one = bob.send(alice, 'while the link is down');
    await turn();
    assert.deepEqual(first.sink.kept, []);
    first.world.heal();
    await bob.waitForAcknowledgement(one);
    assert.equal(first.network.health().kind, 'up');
    await first[Symbol.asyncDispose]();
    const two = bob.send(alice, 'while no bridge is there');
    await using second = await join({}, first.world);
    await bob.waitForAcknowledgement(two);
    assert.deepEqual(
      second.sink.kept.map((arrival) => arrival.outerId),
      [two],
    );
  });

  it('keeps its order where one user takes long to look up, and does not wait for others', async () => {
    await using rig = await join();
    const held = Promise.withResolvers<'yes'>();
    let asked = 0;
    rig.sink.known = (user) => {
      if (user !== alice) return Promise.resolve('yes');
      asked += 1;
      return asked === 1 ? held.promise : Promise.resolve('yes');
    };
    const bob = rig.world.person('bob');
    const [one, two] = [bob.send(alice, 'one'), bob.send(alice, 'two')];
    const other = bob.send('@carol:hs', 'three');
    await turn();
    assert.deepEqual(
      rig.sink.kept.map((arrival) => arrival.outerId),
      [other],
    );
    held.resolve('yes');
    await turn();
    assert.deepEqual(
      rig.sink.kept.map((arrival) => arrival.outerId),
      [other, one, two],
    );
  });

  it('is turned away, and its sender told once, where nobody is there to get it', async () => {
    await using rig = await join();
    rig.sink.known = (user) => Promise.resolve(user === alice ? 'not-permitted' : 'no-such-user');
    const bob = rig.world.person('bob');
    const ids = [bob.send('@nobody:hs', 'hello'), bob.send(alice, 'hello'), bob.send('nonsense', 'hello')];
    await turn();
    bob.resend(ids[0] ?? '');
    await turn();
    assert.deepEqual(rig.sink.kept, []);
    const told = bob.inbox.map(({ body }) => body.kind === 'refusal' && [body.target, body.reason]);
    assert.deepEqual(
      new Map(told.filter((one) => one !== false) as [string, string][]),
      new Map([
        [ids[0], 'no-such-user'],
        [ids[1], 'not-permitted'],
        [ids[2], 'no-such-user'],
      ]),
    );
    assert.equal(told.length, 3);
  });

  it('is kept where the homeserver does not say whether the user exists', async () => {
    await using rig = await join();
    rig.sink.known = () => Promise.resolve('unsure');
    await rig.world.person('bob').waitForAcknowledgement(rig.world.person('bob').send(alice, 'hello'));
    assert.equal(rig.sink.kept.length, 1);
  });

  it('is waited for by a clean stop', async () => {
    const rig = await join();
    const release = Promise.withResolvers<'kept'>();
    rig.sink.receive = () => release.promise;
    rig.world.person('bob').send(alice, 'hello');
    await turn();
    let stopped = false;
    const stop = rig.network[Symbol.asyncDispose]().then(() => (stopped = true));
    await turn();
    assert.equal(stopped, false);
    release.resolve('kept');
    await stop;
    assert.deepEqual(rig.log.errors, []);
  });

  it('is refused to its sender for a reason when the spine says so', async () => {
    await using rig = await join();
    const bob = rig.world.person('bob');
    bob.send(alice, 'hello');
    await turn();
    const [arrival] = rig.sink.kept;
    assert.ok(arrival !== undefined && rig.network.refuse !== undefined);
    await rig.network.refuse(arrival, { kind: 'sent' });
    assert.equal(bob.inbox.length, 0);
    await rig.network.refuse(arrival, { kind: 'failed', reason: 'too-large' });
    assert.deepEqual(bob.inbox[0]?.body, { kind: 'refusal', target: arrival.outerId, reason: 'too-large' });
  });
});
