import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { troubled } from '../../../support/fake-engine.ts';
import type { SealerDeps } from '../../../../src/matrix/crypto/sealer.ts';
import { alice, bob, bot, ghost, room, sealingScene as scene } from '../../../support/sealing-parts.ts';

describe('what is sent into a room', () => {
  it('goes as it is where the room is plain, without another question the next time', async () => {
    const { server, send, wire } = scene();
    server.encryption = undefined;
    await send();
    await send();
    assert.deepEqual(wire(), ['m.room.message', 'm.room.message']);
    assert.equal(server.count('m.room.encryption'), 1);
  });

  it('is sealed in an encrypted room, for whoever is there or invited', async () => {
    const { engine, send, wire, server } = scene();
    assert.equal((await send()).kind, 'event');
    assert.deepEqual(wire(), ['m.room.encrypted']);
    assert.ok(!JSON.stringify(server.asked.at(-1)?.body).includes('"body"'));
    const [seal] = engine.of('seal');
    assert.deepEqual(seal?.device, { userId: ghost, deviceId: 'KEYS_gen' });
    assert.deepEqual(seal.room.readers, [alice, bob]);
  });

  it('has the same name when it is repeated', async () => {
    const { send, server } = scene();
    await send();
    await send();
    const [first, second] = server.asked.filter(({ path }) => path.includes('/send/'));
    assert.equal(first?.path, second?.path);
  });

  it('stays in the clear where clients read it so', async () => {
    const { send, wire } = scene();
    await send('m.reaction');
    await send('com.beeper.message_send_status');
    assert.deepEqual(wire(), ['m.reaction', 'com.beeper.message_send_status']);
  });

  it('never goes in the clear once the room is encrypted', async () => {
    const { server, send, wire, event, book } = scene();
    server.encryption = undefined;
    await send();
    event('m.room.encryption', { algorithm: 'm.megolm.v1.aes-sha2' }, '');
    await send();
    event('m.room.encryption', {}, '');
    server.encryption = undefined;
    book.forgetAll();
    await send();
    assert.deepEqual(wire(), ['m.room.message', 'm.room.encrypted', 'm.room.encrypted']);
  });

  it('is sealed where the state is there and says nothing any more', async () => {
    const { server, send, wire } = scene();
    server.encryption = {};
    await send();
    assert.deepEqual(wire(), ['m.room.encrypted']);
  });

  it('is asked for anew when somebody else encrypts in a room that was plain', async () => {
    const { server, send, wire, event } = scene();
    server.encryption = undefined;
    await send();
    server.encryption = { algorithm: 'm.megolm.v1.aes-sha2' };
    event('m.room.encrypted', {});
    await send();
    assert.deepEqual(wire(), ['m.room.message', 'm.room.encrypted']);
  });

  it('waits where the room is not known and the homeserver is away', async () => {
    const { server, send, wire } = scene();
    server.away = true;
    const failed = await send();
    assert.ok(failed.kind === 'failed' && failed.retry.kind === 'later');
    assert.deepEqual(wire(), []);
  });

  it('is refused where the bridge cannot encrypt, or only what is encrypted goes', async () => {
    const cannot = scene({ allowed: false });
    const refused = await cannot.send();
    assert.ok(refused.kind === 'failed' && refused.reason === 'no-encryption');
    const required = scene({ required: true });
    required.server.encryption = undefined;
    const plain = await required.send();
    assert.ok(plain.kind === 'failed' && plain.reason === 'not-encrypted');
    assert.deepEqual([...cannot.wire(), ...required.wire()], []);
  });
});

describe('somebody who leaves', () => {
  it('reads nothing of what comes next, which has a new session', async () => {
    const { send, engine, event } = scene();
    await send();
    event('m.room.member', { membership: 'leave' }, alice);
    await send();
    assert.deepEqual(engine.of('discard'), [{ kind: 'discard', room }]);
    assert.deepEqual(engine.of('seal').at(-1)?.room.readers, [bob]);
    await send();
    assert.equal(engine.of('discard').length, 1);
  });

  it('gets nothing that was being sealed while they left', async () => {
    const { send, engine, event, wire } = scene();
    engine.whileSealing = () => {
      engine.whileSealing = () => undefined;
      event('m.room.member', { membership: 'ban' }, alice);
    };
    await send();
    assert.deepEqual(
      engine.of('seal').map((call) => call.room.readers),
      [[alice, bob], [bob]],
    );
    assert.deepEqual(wire(), ['m.room.encrypted']);
  });

  it('is not brought back by an event that comes late, nor by one while the room is read', async () => {
    const { send, engine, event, server } = scene();
    await send();
    event('m.room.member', { membership: 'leave' }, bob);
    server.members.delete(bob);
    event('m.room.member', { membership: 'join' }, bob);
    await send();
    assert.deepEqual(engine.of('seal').at(-1)?.room.readers, [alice]);
    event('m.room.history_visibility', {}, '');
    server.meanwhile = ({ path }) => {
      if (!path.endsWith('/members') || !server.members.delete(alice)) return;
      event('m.room.member', { membership: 'leave' }, alice);
    };
    await send();
    assert.deepEqual(engine.of('seal').at(-1)?.room.readers, []);
  });

  it('keeps the next event back as long as the old session cannot be put away', async () => {
    const { send, engine, event, wire } = scene();
    await send();
    event('m.room.member', { membership: 'leave' }, alice);
    engine.troubles.set('discard', troubled({ what: 'store' }));
    const failed = await send();
    assert.ok(failed.kind === 'failed' && failed.retry.kind === 'later');
    assert.equal(wire().length, 1);
    await send();
    assert.equal(engine.of('discard').length, 2);
  });
});

describe('keys of a ghost', () => {
  it('are made once, before anything is sealed, and asked for no more', async () => {
    const { send, engine, accounts } = scene();
    await Promise.all([send(), send(), send()]);
    assert.equal(engine.of('identify').length, 1);
    assert.deepEqual(accounts.made, ['KEYS_gen']);
  });

  it('hold everything back as long as they cannot be made, also where the homeserver says never', async () => {
    const { send, engine, wire, log } = scene();
    engine.troubles.set('identify', troubled({ what: 'refused', retry: 'never', errcode: 'M_FORBIDDEN' }));
    const failed = await send();
    assert.ok(failed.kind === 'failed' && failed.retry.kind === 'later');
    assert.deepEqual(wire(), []);
    assert.equal(log.lines.length, 1);
    assert.equal((await send()).kind, 'event');
  });

  it('are made again where the homeserver has lost the device', async () => {
    const { send, engine, accounts } = scene();
    await send();
    engine.troubles.set('seal', troubled({ what: 'refused', retry: 'never', errcode: 'M_UNKNOWN_DEVICE' }));
    assert.equal((await send()).kind, 'event');
    assert.equal(engine.of('forget').length, 1);
    assert.equal(accounts.made.length, 2);
  });

  it('are new ones when the store is another', async () => {
    const { send, engine, accounts } = scene();
    await send();
    engine.name = 'next';
    engine.troubles.set('seal', troubled({ what: 'stale', retry: 'never' }));
    assert.equal((await send()).kind, 'event');
    assert.deepEqual(accounts.made, ['KEYS_gen', 'KEYS_next']);
  });

  it('of an earlier store are renewed for all', async () => {
    const { identities, engine } = scene();
    await identities.ensure(ghost);
    engine.name = 'next';
    identities.doubt(ghost);
    assert.equal(await identities.renew(AbortSignal.timeout(1_000)), undefined);
    assert.deepEqual(
      engine.of('identify').map(({ device }) => device.deviceId),
      ['KEYS_gen', 'KEYS_next'],
    );
  });

  it('are replaced by others on another device, which is there before the old one goes', async () => {
    const { identities, engine, accounts } = scene();
    await identities.ensure(ghost);
    assert.equal(await identities.reset(ghost), undefined);
    const [first, second] = accounts.made;
    assert.ok(first !== second && second?.startsWith('KEYS_gen_'));
    assert.deepEqual(
      engine.calls.map(({ kind }) => kind),
      ['identify', 'identify', 'forget'],
    );
    const found = await identities.ensure(ghost);
    assert.equal(found.kind === 'device' && found.device.deviceId, second);
  });

  it('go, here and on the homeserver, with the account', async () => {
    const { identities, engine } = scene();
    await identities.ensure(ghost);
    assert.equal(await identities.erase(ghost), undefined);
    assert.equal(engine.kept.size, 0);
  });
});

describe('what a user says elsewhere', () => {
  const asAlice = { userId: alice, deviceId: 'D', credential: { kind: 'registration', token: 't' } } as const;
  const guest = { userId: alice, deviceId: 'GUEST', guest: true } as const;
  const guests = (log: string[]): NonNullable<SealerDeps['guests']> => ({
    ensure: async (by) => (by === asAlice ? { kind: 'device', device: guest } : assert.fail()),
    doubt: () => void log.push('doubt'),
    lost: () => void log.push('lost'),
  });

  it('is sealed by the device on their account, for their others too and for the ghost, or the bot where it is', async () => {
    const { send, engine, server, event } = scene({ guests: guests([]) });
    await send('m.room.message', asAlice);
    server.members.set(bot, 'join');
    event('m.room.member', { membership: 'join' }, bot);
    await send('m.room.message', asAlice);
    assert.deepEqual(
      engine.of('seal').map(({ device, room }) => [device, room.readers]),
      [
        [guest, [alice, bob, ghost]],
        [guest, [alice, bob, bot]],
      ],
    );
  });

  it('is sealed by another device where that one is lost or of an earlier store', async () => {
    for (const [trouble, expected] of [
      [{ what: 'refused', errcode: 'M_UNKNOWN_DEVICE' }, 'lost'],
      [{ what: 'stale' }, 'doubt'],
      [{ what: 'occupied' }, 'doubt'],
    ] as const) {
      const log: string[] = [];
      const { send, engine } = scene({ guests: guests(log) });
      engine.troubles.set('seal', troubled({ retry: 'never', ...trouble }));
      assert.equal((await send('m.room.message', asAlice)).kind, 'event');
      assert.deepEqual(log, [expected]);
    }
  });

  it('does not go where there is no such device', async () => {
    const { send, wire } = scene();
    assert.equal((await send('m.room.message', asAlice)).kind, 'failed');
    assert.deepEqual(wire(), []);
  });
});
