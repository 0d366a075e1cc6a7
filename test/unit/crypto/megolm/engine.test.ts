import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Device, DeviceAnswer, DeviceState } from '../../../../src/crypto/megolm/engine.ts';
import type { OpenedEngine } from '../../../../src/crypto/megolm/open-engine.ts';
import {
  bodyOf,
  lockedEvent,
  nameOf,
  PaperEngines,
  paperRoom,
  sealed,
  text,
} from '../../../support/paper-engine.ts';

const user: Device = { userId: '@user:paper', deviceId: 'PHONE' };
const ghost: Device = { userId: '@ghost:paper', deviceId: 'GHOST' };
const room = paperRoom('!room:paper', [user.userId]);
const unavailable: DeviceAnswer = {
  kind: 'failed',
  status: 503,
  errcode: undefined,
  retry: 'later',
  afterMs: 1_000,
};

describe('the crypto engine', () => {
  let paper: PaperEngines;

  beforeEach(async () => {
    paper = await PaperEngines.start();
  });
  afterEach(() => paper[Symbol.asyncDispose]());

  it('makes a device somebody, with one-time keys and a fallback key, once', async () => {
    const engine = await paper.open('bridge');
    assert.equal(await engine.identify(ghost), undefined);
    const kept = paper.server.device(ghost.userId, ghost.deviceId);
    assert.equal(kept.oneTime.size, 50);
    assert.notEqual(kept.fallback, undefined);
    assert.deepEqual(Object.keys(paper.server.user(ghost.userId).identity).sort(), [
      'master_key',
      'self_signing_key',
      'user_signing_key',
    ]);
    const [state] = await described(engine.describe(ghost.userId));
    assert.equal(state?.crossSigned, true);
    paper.server.asked.length = 0;
    assert.equal(await engine.identify(ghost), undefined);
    assert.deepEqual(paper.server.asked, []);
  });

  it('takes up an identification that ended anywhere, whether the homeserver had done its part or not', async () => {
    const user2 = await paper.open('people');
    await user2.identify(user);
    for (const fate of ['lost', 'unanswered'] as const)
      for (let step = 0; ; step += 1) {
        const device = { userId: `@ghost-${fate}-${step}:paper`, deviceId: 'GHOST' };
        const engine = await paper.open(`bridge-${fate}-${step}`);
        let count = 0;
        paper.server.fate = ({ userId }) => (userId === device.userId && count++ === step ? fate : 'done');
        const trouble = await engine.identify(device);
        paper.server.fate = () => 'done';
        await engine[Symbol.asyncDispose]();
        const next = await paper.open(`bridge-${fate}-${step}`);
        assert.equal(await next.identify(device), undefined, `${fate} at ${step}`);
        const content = await sealed(next, device, room);
        const opened = await user2.open(user, lockedEvent(device, room.room, `$${fate}${step}`, content));
        assert.deepEqual([bodyOf(opened), opened.kind === 'opened' && opened.trust], ['hello', 'signed']);
        assert.ok(paper.server.device(device.userId, 'GHOST').oneTime.size <= 50);
        if (trouble === undefined) {
          assert.ok(step >= 5, 'no step failed');
          break;
        }
        assert.deepEqual([trouble.what, trouble.retry], ['homeserver', 'later']);
      }
  });

  it('seals nothing before all have the key, and reuses no index when answers are lost', async () => {
    const people = await paper.open('people');
    await people.identify(user);
    const engine = await paper.open('bridge');
    await engine.identify(ghost);
    const names = new Set<string>();
    for (const path of ['keys/query', 'keys/claim', 'sendToDevice'])
      for (const fate of ['lost', 'unanswered', unavailable] as const) {
        await engine.discard(room.room);
        await engine.devicesChanged([user.userId], []);
        let failed = false;
        paper.server.fate = (_, request) => {
          if (failed || !request.path.includes(path)) return 'done';
          failed = true;
          return fate;
        };
        const first = await engine.seal(ghost, room, text);
        const content = first.kind === 'sealed' ? first.content : await sealed(engine, ghost, room);
        const name = JSON.stringify(nameOf(content));
        assert.ok(!names.has(name), name);
        names.add(name);
        const opened = await people.open(user, lockedEvent(ghost, room.room, `$${names.size}`, content));
        assert.equal(bodyOf(opened), 'hello', JSON.stringify([path, fate, opened]));
      }
  });

  it('answers what the homeserver answered', async () => {
    const engine = await paper.open('bridge');
    paper.server.fate = () => unavailable;
    const trouble = await engine.identify(ghost);
    assert.deepEqual([trouble?.what, trouble?.retry, trouble?.afterMs], ['homeserver', 'later', 1_000]);
    paper.server.fate = () => ({
      kind: 'failed',
      status: 403,
      errcode: 'M_FORBIDDEN',
      retry: 'never',
      afterMs: undefined,
    });
    const refused = await engine.identify(ghost);
    assert.deepEqual([refused?.what, refused?.errcode], ['refused', 'M_FORBIDDEN']);
  });

  it('keeps its one-time keys topped up as they are used', async () => {
    const engine = await paper.open('bridge');
    await engine.identify(ghost);
    const kept = paper.server.device(ghost.userId, ghost.deviceId);
    for (const id of [...kept.oneTime.keys()].slice(0, 40)) kept.oneTime.delete(id);
    await engine.pull(ghost);
    assert.equal(kept.oneTime.size, 50);
  });

  it('leaves its keys alone where the homeserver does not count them', async () => {
    const engine = await paper.open('bridge');
    await engine.identify(ghost);
    await engine.pull(ghost);
    paper.server.asked.length = 0;
    paper.server.fate = (_, { path }) =>
      path.endsWith('/sync') ? { kind: 'ok', body: '{"next_batch":"1"}' } : 'done';
    assert.equal(await engine.pull(ghost), undefined);
    assert.deepEqual(paper.server.asked, ['GET /_matrix/client/v3/sync']);
  });

  it('takes what a homeserver should not answer for a failure', async () => {
    const engine = await paper.open('bridge');
    await engine.identify(ghost);
    for (const body of ['', 'null', '[]', '{}', '{"next_batch":5}']) {
      paper.server.fate = () => ({ kind: 'ok', body });
      const trouble = await engine.pull(ghost);
      assert.deepEqual([trouble?.what, trouble?.retry], ['homeserver', 'later']);
    }
    paper.server.fate = (_, { path }) =>
      path.endsWith('keys/query') ? { kind: 'ok', body: '{"device_keys":7}' } : 'done';
    const answer = await engine.seal(ghost, room, text);
    assert.ok(answer.kind === 'trouble');
    assert.deepEqual([answer.what, answer.retry], ['homeserver', 'later']);
  });

  it('does not take a key twice that came twice, and needs no new session for that', async () => {
    const people = await paper.open('people');
    await people.identify(user);
    const engine = await paper.open('bridge');
    await engine.identify(ghost);
    const content = await sealed(engine, ghost, room);
    // The answer of /sync is used, and its token is not kept: as when the process ends between the two.
    const inbox = [...paper.server.device(user.userId, user.deviceId).inbox];
    await people.pull(user);
    for (const { message } of inbox) paper.server.post(user.userId, user.deviceId, message);
    paper.server.asked.length = 0;
    await people.pull(user);
    assert.deepEqual(
      paper.server.asked.filter((line) => /claim|sendToDevice/u.test(line)),
      [],
    );
    assert.equal(bodyOf(await people.open(user, lockedEvent(ghost, room.room, '$1', content))), 'hello');
  });

  it('keeps the earliest key of a session that came twice at once', async () => {
    const people = await paper.open('people');
    await people.identify(user);
    const engine = await paper.open('bridge');
    await engine.identify(ghost);
    const answers = paperRoom('!answers:paper', [ghost.userId]);
    const first = await sealed(people, user, answers);
    // A new Olm session comes from the ghost, and with it the key goes to it once more, from where the session is now.
    await sealed(engine, ghost, room);
    await people.pull(user);
    const second = await sealed(people, user, answers);
    assert.equal(nameOf(first).session, nameOf(second).session);
    const { inbox } = paper.server.device(ghost.userId, ghost.deviceId);
    assert.equal(inbox.length, 2);
    for (const [index, content] of [first, second].entries()) {
      const opened = await engine.open(ghost, lockedEvent(user, answers.room, `$${index}`, content));
      assert.equal(bodyOf(opened), 'hello', JSON.stringify(opened));
    }
  });

  it('makes a new session with a device whose messages it cannot read any more, and reads on', async () => {
    const people = await paper.open('people');
    await people.identify(user);
    const engine = await paper.open('bridge');
    await engine.identify(ghost);
    await sealed(engine, ghost, room);
    const [first] = paper.server.device(user.userId, user.deviceId).inbox;
    assert.ok(first !== undefined);
    const broken = JSON.stringify(first.message).replace(/"body":"(.{40})./u, '"body":"$1!');
    paper.server.device(user.userId, user.deviceId).inbox = [];
    paper.server.post(user.userId, user.deviceId, JSON.parse(broken) as Record<string, unknown>);
    assert.equal(await people.pull(user), undefined);
    await engine.pull(ghost);
    await engine.discard(room.room);
    const content = await sealed(engine, ghost, room);
    assert.equal(bodyOf(await people.open(user, lockedEvent(ghost, room.room, '$1', content))), 'hello');
  });

  it('tells who gets no key why, where only signed devices count', async () => {
    const people = await paper.open('people');
    await people.identify(user);
    const laptop = { ...user, deviceId: 'LAPTOP' };
    await people.identify(laptop);
    const kept = paper.server.device(user.userId, 'LAPTOP');
    const { userId } = user;
    const own = Object.entries((kept.keys?.['signatures'] as Record<string, object>)[userId] ?? {});
    kept.keys = {
      ...kept.keys,
      signatures: { [userId]: Object.fromEntries(own.filter(([name]) => name.includes('LAPTOP'))) },
    };
    const engine = await paper.open('bridge', { strategy: 'signed-devices' });
    await engine.identify(ghost);
    const content = await sealed(engine, ghost, room);
    assert.equal(bodyOf(await people.open(user, lockedEvent(ghost, room.room, '$1', content))), 'hello');
    const locked = await people.open(laptop, lockedEvent(ghost, room.room, '$1', content));
    assert.deepEqual([locked.kind, locked.kind === 'locked' && locked.withheld], ['locked', 'm.unverified']);
  });

  it('has no more machines open than it may, and mixes nothing up', async () => {
    const people = await paper.open('people');
    await people.identify(user);
    const engine = await paper.open('bridge', { maxOpen: 2 });
    const ghosts = Array.from({ length: 6 }, (_, i) => ({ userId: `@ghost${i}:paper`, deviceId: 'GHOST' }));
    const contents = await Promise.all(ghosts.map((device) => sealed(engine, device, room)));
    assert.ok(engine.load().open <= 2);
    assert.equal(engine.load().known, 6);
    for (const [i, content] of contents.entries())
      assert.equal(
        bodyOf(await people.open(user, lockedEvent(ghosts[i] ?? ghost, room.room, `$${i}`, content))),
        'hello',
      );
  });

  it('seals on when the homeserver has other one-time keys of these names, and looks after devices by itself', async () => {
    const engine = await paper.open('bridge', {}, { roundMs: 1 });
    await engine.identify(ghost);
    paper.server.device(ghost.userId, ghost.deviceId).oneTime.clear();
    paper.server.fate = (_, { path }) =>
      path.endsWith('keys/upload')
        ? { kind: 'failed', status: 400, errcode: 'M_UNKNOWN', retry: 'never', afterMs: undefined }
        : 'done';
    paper.server.asked.length = 0;
    const end = Date.now() + 30_000;
    while (!paper.server.asked.some((line) => line.endsWith('/sync')) && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(paper.server.asked.some((line) => line.endsWith('/sync')));
    assert.equal(await engine.pull(ghost), undefined);
    await sealed(engine, ghost, room);
  });

  it('forgets a device when it is told to', async () => {
    const engine = await paper.open('bridge');
    await engine.identify(ghost);
    assert.equal(await engine.forget(ghost), undefined);
    assert.deepEqual(await described(engine.describe(ghost.userId)), []);
    assert.equal(engine.load().known, 0);
  });

  it('is started again when it ends again and again, after longer and longer pauses', async () => {
    const engine = await paper.open('bridge');
    await engine.identify(ghost);
    for (let i = 0; i < 3; i += 1) await engine.panic();
    const begun = Date.now();
    await sealed(engine, ghost, paperRoom('!empty:paper', []));
    assert.ok(Date.now() - begun >= 400, 'no pause');
    assert.equal(engine.load().restarts, 3);
  });

  it('keeps no key in the clear, and says nothing of what it seals', async () => {
    const engine = await paper.open('bridge');
    await engine.identify(ghost);
    await sealed(engine, ghost, room, { ...text, content: '{"body":"a secret sentence"}' });
    await engine.panic();
    await engine[Symbol.asyncDispose]();
    const file = await readFile(paper.options('bridge').file, 'latin1');
    assert.ok(!file.includes('a secret sentence'));
    assert.ok(!file.includes(String.fromCharCode(...paper.options('bridge').key)));
    assert.ok(!JSON.stringify(paper.log).includes('secret'));
  });
});

async function described(states: ReturnType<OpenedEngine['describe']>): Promise<readonly DeviceState[]> {
  const found = await states;
  if ('kind' in found) throw new Error(JSON.stringify(found));
  return found;
}
